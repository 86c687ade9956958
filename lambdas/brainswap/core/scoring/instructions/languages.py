"""Tell the language of a text by its script, its most frequent words and its own letters.

Good for whole answers of a sentence or more, which is what an instruction asks a language of; a few words, names and
code are guesses.
"""

# ruff: noqa: RUF001 - letters of other scripts are meant as they are

import re
from collections import Counter
from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "ko": "Korean",
    "ml": "Malayalam",
    "mr": "Marathi",
    "ne": "Nepali",
    "nl": "Dutch",
    "no": "Norwegian",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

_SAMPLE = 10_000  # characters; more would not change the answer
_KANA_OF_JAPANESE = 0.1  # of all characters of the two East Asian scripts

# First and last code point of the blocks, with the script or, where only one language has it, the language.
_BLOCKS = (
    (0x0041, 0x024F, "latin"),
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0E00, 0x0E7F, "th"),
    (0x1100, 0x11FF, "ko"),
    (0x1E00, 0x1EFF, "latin"),
    (0x3040, 0x30FF, "kana"),
    (0x3130, 0x318F, "ko"),
    (0x3400, 0x4DBF, "han"),
    (0x4E00, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "ko"),
    (0xFB50, 0xFDFF, "arabic"),
    (0xFE70, 0xFEFE, "arabic"),
)

_WORDS_OF: Mapping[str, Mapping[str, frozenset[str]]] = {
    script: {language: frozenset(words.split()) for language, words in languages.items()}
    for script, languages in {
        "latin": {
            "en": "the of and to in is that it for was on are as with his they at be this have from or had by but "
            "not what all were we when your can said there an which their if will how i you my has our would "
            "her she he its do s t ll re ve m like",
            "cs": "a je se na v že s to z do o i jako ale který není pro jsou by jsem tak jeho při která ve od nebo "
            "když",
            "da": "og i det at en den til er som på de med han af for ikke der var mig sig men et har om vi havde "
            "hun nu",
            "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an "
            "werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über ich du wir ihr "
            "mein dein oder aber wenn",
            "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ya "
            "este sí porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos "
            "son está tu mi",
            "fi": "ja on ei että se hän oli mutta kuin myös tai joka ovat sekä niin kun mitä jos ole hänen minä "
            "sinä jotka voi tämä sen olen ne he ovat kanssa vain nyt mukaan jo sitä",
            "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont "
            "avec nous vous mais ou cette je elle on ses leur aux comme son sa être ont fait été aussi si "
            "tout c l d qu j",
            "hu": "a az és hogy nem is egy van ez meg ha csak de volt el mint már még fel ki aki vagy azt mert "
            "lehet ezt",
            "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada mereka "
            "adalah oleh atau kami anda bisa dapat sebagai telah",
            "it": "di e il la che in a per un del non è una con sono i da al le si dei come più lo ma della gli ha "
            "anche nel alla o se mi ti questo questa delle tra sua suo ed dal essere io tu nella perché",
            "nl": "de van het een en in is dat op te zijn met voor niet aan er die om hij ook als bij maar door uit "
            "ze wordt naar wat je ik heeft dit hebben kan deze nog over wij",
            "no": "og i det på er en som for av at til med den ikke de har han om et fra men var jeg seg vi eller "
            "kan skal",
            "pl": "w i na z się nie do to jest że o a jak od po za ale co przez dla czy tylko jego są być który "
            "oraz tym może ze już jej lub",
            "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das "
            "tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso você são",
            "ro": "de și în a la cu pe nu o un că este din pentru mai se ce care sunt sau au al fi ca prin dar dacă "
            "această",
            "sv": "och i att det som en på är av för med den till inte om har de ett jag var men han kan vi så hon "
            "eller från",
            "sw": "na ya wa kwa ni katika la za cha kuwa hii hiyo yake yao wake wao kama au ili lakini sana pia "
            "kila watu huo hizi huu hilo mimi wewe sisi yeye baada kutoka hata ambayo ambao vya kwamba",
            "tr": "ve bir bu da de için ile çok ne olarak daha gibi o ama var mı en kadar sonra ben sen değil olan "
            "her ki",
            "vi": "và của là có không được cho trong một các với những này đã để người khi từ đến cũng tôi bạn về "
            "như nhiều ở vào ra làm hoặc hãy thì",
        },
        "cyrillic": {
            "bg": "и на да се в за не от е са с по като но това който ще която със към или което си те след при "
            "бъде аз вие",
            "ru": "и в не на я что с он как это по но они к у из за от так же для или бы вы мы его её все был когда "
            "если",
            "uk": "і в на не що з та до у як це за від по але й про для він вона вони або є бути його її ми ви якщо",
        },
        "arabic": {
            "ar": "في من على إلى أن هذا هذه التي الذي مع عن كان لا ما هو هي أو كل بعد قد لم ثم بين و يا إن",
            "fa": "و در به از که این را با است برای آن یک تا بر هم می ها خود های شود اما هر ما شما من او اگر یا نیز",
            "ur": "کے کی میں ہے اور سے کا کو ہیں نے پر یہ اس کہ ایک بھی کیا نہیں تو ہو جو وہ ان لیے آپ ہم تھا",
        },
        "devanagari": {
            "hi": "है हैं का की के में से को और एक यह पर नहीं भी कि जो ने हो तो इस कर था थे लिए आप हम मैं वह या",
            "mr": "आहे आहेत आणि च्या मध्ये हे ही होते नाही या व तो ती ते मी तुम्ही आम्ही करण्यासाठी असे असा किंवा "
            "पण की होता साठी जातो येतो आला मला आपण काही कारण त्या",
            "ne": "छ छन् र मा लाई हो पनि यो भने हुन्छ थियो गर्न गर्ने हामी म तपाईं वा यस लागि छु छौं गरेको हुन् एउटा तर छैन",
        },
    }.items()
}
_LETTERS_OF: Mapping[str, str] = {
    "ar": "ةىيكأإؤئ",
    "bg": "ъ",
    "cs": "ěščřžů",
    "da": "æø",
    "de": "ß",
    "es": "ñ¿¡",
    "fa": "پچژگکی",
    "fi": "äö",
    "fr": "èêœ",
    "hu": "őű",
    "it": "èòù",
    "mr": "ळ",
    "no": "øå",
    "pl": "ąćęłńśźż",
    "pt": "ãõç",
    "ro": "ăîșț",
    "ru": "ыэё",
    "sv": "åäö",
    "tr": "ğış",
    "uk": "іїєґ",
    "ur": "ٹڈڑںےہھ",
    "vi": "ăâđêôơưạảấầẩậắằặẹẻếềểệịọỏốồổộớờởợụủứừửựỳỷ",
}
# Not \W: to Python, the vowel signs of India's scripts are no letters.
_BETWEEN_WORDS = re.compile(r"""[\s\d.,;:!?"'()\[\]{}<>*_#/|\\`~@&%$^+=…–—।،؛؟«»“”‘’„-]+""")


def language_of(text: str) -> str | None:
    """The language of most of a text's first 10,000 characters, as a key of `LANGUAGES`; None where nothing tells."""
    sample = text[:_SAMPLE].lower()
    characters = Counter(sample)
    script = _script(characters)
    if script is None or script in LANGUAGES:
        return script
    words = Counter(_BETWEEN_WORDS.split(sample))
    scores = {
        language: sum(words[word] for word in known)
        + sum(characters[letter] for letter in _LETTERS_OF.get(language, ""))
        for language, known in _WORDS_OF[script].items()
    }
    language = max(scores, key=scores.__getitem__)
    # Without a word that tells, Latin letters are most likely names and headings in English.
    return language if scores[language] or script == "latin" else None


def _script(characters: Counter[str]) -> str | None:
    """The script with the most letters, or the language where it has a script of its own."""
    letters: Counter[str] = Counter()
    for character, number in characters.items():
        script = _script_of(ord(character))
        if script is not None and (script != "latin" or character.isalpha()):
            letters[script] += number
    east_asian = letters.pop("kana", 0), letters.pop("han", 0)
    if any(east_asian):
        japanese = east_asian[0] >= _KANA_OF_JAPANESE * sum(east_asian)
        letters["ja" if japanese else "zh"] = sum(east_asian)
    return max(letters, key=letters.__getitem__) if letters else None


def _script_of(code_point: int) -> str | None:
    for first, last, script in _BLOCKS:
        if code_point <= last:
            return script if code_point >= first else None
    return None
