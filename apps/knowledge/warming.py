"""What the first question of a process would wait for, some two seconds, loaded before anybody asks."""

import logging

from django.conf import settings

from apps.knowledge.embedding import embedders
from apps.knowledge.embedding.cross_encoders import cross_encoder
from retrieval import IndexUnavailable, words_of

logger = logging.getLogger(__name__)


def warm_up() -> None:
    """Blocks. What cannot be loaded is told again, and done without, when it is needed."""
    try:
        words_of("词典")
        if not settings.EMBEDDING_BASE_URL:
            embedders.load_home()
        if read := cross_encoder("answers"):
            read("ready?", ["Ready."])
    except IndexUnavailable as error:
        logger.warning("Questions cannot be embedded or read as they should: %s", error)
