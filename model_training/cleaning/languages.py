"""Which language a text is written in, from its letters and, among Latin letters, its smallest words.

Good enough to tell Chinese and English from all others, which is all that the rules ask; knows nothing of dialects.
"""

import re
from collections import Counter

_SCRIPTS = {
    "han": re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
}
_LATIN_WORD = re.compile(r"[a-zà-öø-ÿœßğışłńśźżąęćőű]+(?:'[a-z]+)?")
# Words that are frequent in one language and rare in the others.
_SMALL_WORDS = {
    "en": "the is are you my to of and it in for on can how what i have do with this that not your please be was we "
    "when will if me at from an would there any order thanks yes no help need want get hi hello",
    "es": "el la los las que una por para con mi es en del su como pero más está gracias puedo tengo hola cuando "
    "dónde qué pedido quiero necesito hacer sus muy también ya lo al se usted",
    "fr": "le la les des est une je vous pour dans mon ma avec pas sur que qui nous votre merci bonjour ne au ce "
    "commande puis mes ai êtes où quand suis et du c'est j'ai n'ai cette être très",
    "de": "der die das und ist ich nicht mit ein eine für mein meine sie auf wie kann von zu den habe wir bitte danke "
    "im dem bestellung wann wo haben ihre es auch noch sich wurde werden",
    "pt": "o os uma não para com meu minha eu você está que por como quando obrigado pedido do da em na no mais "
    "são já fazer tenho quero olá seu sua ao foi",
    "it": "il lo gli che non per con mio mia una sono come quando grazie ordine di della ho è ciao mi vorrei posso "
    "del nel alla questo anche più sul è",
    "nl": "het een niet van mijn ik voor met dat zijn kan hoe wanneer bedankt bestelling naar heb ook maar wij u "
    "deze wordt worden mag hallo graag",
    "pl": "nie jest się na to jak moje czy dla proszę dziękuję zamówienie gdzie kiedy mogę mam do od po za ale "
    "został zamówienia witam chcę",
    "tr": "bir ve bu için ne nasıl nerede var mı mi sipariş teşekkürler değil daha benim merhaba ile çok ama zaman",
    "id": "yang dan di saya tidak untuk dengan ini itu apa bagaimana pesanan kapan bisa terima kasih ke dari ada "
    "sudah belum anda kami",
    "vi": "không là của tôi có và cho được này khi nào như thế đơn hàng cảm ơn bạn với các một những đã",
    "sv": "jag är och inte det min för med på hur kan har att en ett när tack beställning vi var till från",
}
_KNOWN = {word: language for language, words in _SMALL_WORDS.items() for word in words.split()}
_SHARED = {word for word in _KNOWN if sum(word in words.split() for words in _SMALL_WORDS.values()) > 1}


def language_of(text: str) -> str:
    """`zh`, `en`, another language's code, or "" where the text gives no hold."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    if counts["ja"] and counts["ja"] * 5 >= counts["han"]:
        return "ja"
    words = _LATIN_WORD.findall(text.lower())
    # One Chinese character carries about as much as an English word.
    foreign = max((name for name in counts if name != "han"), key=lambda name: counts[name])
    if counts[foreign] > counts["han"] + sum(map(len, words)):
        return foreign
    if counts["han"] * 2 >= len(words) and counts["han"]:
        return "zh"
    return _latin_language(words)


def _latin_language(words: list[str]) -> str:
    votes = Counter(_KNOWN[word] for word in words if word in _KNOWN and word not in _SHARED)
    english = votes.get("en", 0)
    other, strength = max(
        ((name, n) for name, n in votes.items() if name != "en"), key=lambda v: v[1], default=("", 0)
    )
    # A lone foreign word in English is a name or a loan; English is also what is left when nothing votes.
    if strength >= 2 and strength > english:
        return other
    if any(ord(letter) > 0x7F for word in words for letter in word) and strength >= 1 and english == 0:
        return other
    return "en" if words else ""
