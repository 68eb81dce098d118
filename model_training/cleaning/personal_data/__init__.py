"""Personal data → typed placeholders, in Chinese and in English.

    shadow.py       the text as a reader means it: half width, digits as digits, and where each character came from
    checksums.py    cards (Luhn), Chinese and other identity numbers, IBAN
    numbers.py      everything made of digits: cards, identity numbers, phones, accounts, orders, secrets
    contacts.py     mail addresses and handles
    addresses.py    where somebody lives
    names.py        what somebody is called: by rules, then by tagging/, which learnt from marked sentences
    scrubbing.py    all of them over a text or a conversation, the surest first

Each recogniser gives spans and knows nothing of the others.
"""

from model_training.cleaning.personal_data.scrubbing import Scrubbed, scrub_conversation, scrub_text
from model_training.cleaning.personal_data.spans import Kind, Span

__all__ = ["Kind", "Scrubbed", "Span", "scrub_conversation", "scrub_text"]
