"""Text in, passages out. Knows no Django and no chat model.

RetrievalError
├── ParseError         a file that cannot become documents; `code` for programs, a sentence for its owner
└── IndexUnavailable   Chroma, the word index, the embedder or the reranker does not answer now; trying again can help
    └── EmbedderRefuses    it answers, but with nothing that can be used: a wrong key or name, other vectors than before
"""

from retrieval.chunks import Changes, Chunk, ChunkStore, Passage, Reader, SearchResult
from retrieval.cleaning import clean_text
from retrieval.closeness import Closeness
from retrieval.cross_encoder import CrossEncoder, home_cross_encoder, placed
from retrieval.distinct import DistinctEmbeddings
from retrieval.documents import Faq, ParsedDocument, Section, Table
from retrieval.embedding import HomeEmbeddings, fingerprint
from retrieval.embedding_cache import CachedEmbeddings, EmbeddingCache
from retrieval.errors import EmbedderRefuses, IndexUnavailable, ParseError, RetrievalError
from retrieval.index import IndexReport, KnowledgeIndex, Progress
from retrieval.lexicon import CUTTER
from retrieval.memory import MemoryChunkStore
from retrieval.parsing import ParseLimits, check_type, parse_file
from retrieval.pipe_tables import parts_of
from retrieval.recall import Mode
from retrieval.relevance import DEFAULT_FIT, Fit, default_fit
from retrieval.remote_embedding import RemoteEmbeddings
from retrieval.reranking import RemoteReranker, Reranker
from retrieval.retriever import KnowledgeRetriever
from retrieval.sentences import split_sentences
from retrieval.splitting import detect_language, split
from retrieval.tokens import ASKING_WORDS, STOP_WORDS, words_as_said, words_of
from retrieval.vectors import ChromaVectors, Vectors
from retrieval.words import WordIndex

__all__ = [
    "ASKING_WORDS",
    "CUTTER",
    "DEFAULT_FIT",
    "STOP_WORDS",
    "CachedEmbeddings",
    "Changes",
    "ChromaVectors",
    "Chunk",
    "ChunkStore",
    "Closeness",
    "CrossEncoder",
    "DistinctEmbeddings",
    "EmbedderRefuses",
    "EmbeddingCache",
    "Faq",
    "Fit",
    "HomeEmbeddings",
    "IndexReport",
    "IndexUnavailable",
    "KnowledgeIndex",
    "KnowledgeRetriever",
    "MemoryChunkStore",
    "Mode",
    "ParseError",
    "ParseLimits",
    "ParsedDocument",
    "Passage",
    "Progress",
    "Reader",
    "RemoteEmbeddings",
    "RemoteReranker",
    "Reranker",
    "RetrievalError",
    "SearchResult",
    "Section",
    "Table",
    "Vectors",
    "WordIndex",
    "check_type",
    "clean_text",
    "default_fit",
    "detect_language",
    "fingerprint",
    "home_cross_encoder",
    "parse_file",
    "parts_of",
    "placed",
    "split",
    "split_sentences",
    "words_as_said",
    "words_of",
]
