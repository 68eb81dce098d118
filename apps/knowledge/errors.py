"""What a person asked of the knowledge base cannot be done. Each room of it has its own kinds, all of them these.

KnowledgeError
├── UploadRefused · CannotRetry · CannotCancel · CannotBringBack   services
├── CannotSwitch                                                   switching
└── BadWebsite                                                     websites
"""


class KnowledgeError(Exception):
    """`code` for programs, a sentence for people."""

    status = 409

    def __init__(self, code: str, sentence: object) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)
