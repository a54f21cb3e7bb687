# ruff: noqa: RUF001 - letters of many scripts are meant so
"""Grammar: the little words of each language that say where a text may be broken.

By base language, in lower case. A language without an entry is broken at its punctuation and
where the lines come out even.
"""

NONE: frozenset[str] = frozenset()


def _words(table: dict[str, str]) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in table.items()}


ARTICLES = _words(
    {
        "en": "a an the my your his her its our their this these those every",
        "de": "der die das den dem des ein eine einen einem einer eines mein meine meinen "
        "meinem meiner dein deine deinen deiner sein seine seinen seinem seiner ihr ihre ihren "
        "ihrem ihrer unser unsere unseren kein keine keinen dieser diese dieses diesen diesem",
        "fr": "le la les l' un une des du au aux mon ma mes ton ta tes son sa ses notre nos "
        "votre vos leur leurs ce cet cette ces",
        "es": "el la los las un una unos unas lo al del mi tu su mis tus sus este esta ese "
        "esa estos estas esos esas nuestro nuestra",
        "pt": "o a os as um uma uns umas ao aos à às do da dos das no na nos nas num numa "
        "pelo pela meu minha seu sua este esta esse essa",
        "it": "il lo la i gli le un uno una del dello della dei degli delle al alla allo nel "
        "nella nello sul sulla dal dalla mio mia tuo tua suo sua questo questa quel quella",
        "nl": "de het een mijn jouw zijn haar ons onze hun dit deze die geen",
        "sv": "en ett den det de min mitt mina din ditt dina sin sitt sina",
        "da": "en et den det de min mit mine din dit dine sin sit sine",
        "no": "en ei et den det de min mitt mine din ditt dine sin sitt sine",
    }
)
"""Articles and other words that stand before their noun: no break after them."""

CONJUNCTIONS = _words(
    {
        "en": "and or but because so if when while that which who whom where unless until "
        "although than before after since though what how why whether",
        "de": "und oder aber weil dass wenn als ob denn wie wo was warum obwohl sondern damit "
        "bevor nachdem während seit bis",
        "fr": "et ou mais parce car si quand comme qui que qu' dont où lorsque puisque",
        "es": "y e o u pero porque que si cuando como donde sino aunque mientras",
        "pt": "e ou mas porque que se quando como onde embora enquanto",
        "it": "e ed o ma perché che se quando come dove mentre anche",
        "nl": "en of maar omdat dat als toen waar want terwijl voordat nadat wat hoe",
        "sv": "och eller men att om när som därför eftersom medan innan",
        "da": "og eller men at hvis når som der fordi mens før",
        "no": "og eller men at hvis når som fordi mens før",
        "pl": "i a ale lub albo że żeby jeśli gdy kiedy który która które bo ponieważ jak gdzie",
        "ru": "и а но или что чтобы если когда который которая которое которые потому как где "
        "хотя пока",
        "ar": "أن أنّ أننا أنه أنها أنك إن لأن لكن أو ثم حتى إذا عندما الذي التي الذين بينما "
        "لما حيث كما",
        "ko": "그리고 하지만 그래서 그러나 그런데",
        "zh": "和 但 但是 因为 因為 所以 如果 而 而且 或 或者 不过 不過 可是 虽然 雖然 就 才 "
        "都 说 說",
        "th": "ว่า และ แต่ เพราะ ถ้า เมื่อ หรือ แล้ว ก็ จน ซึ่ง เพื่อ",
    }
)
"""Words that open a clause or join two: the break stands before them."""

PREPOSITIONS = _words(
    {
        "en": "in on at from with without by for about into onto over under between through "
        "against towards behind beside during across around near as",
        "de": "mit ohne vom zu zum zur in im ins an am auf aus bei beim für nach über unter "
        "vor zwischen durch gegen um hinter neben",
        "fr": "à en dans sur sous avec sans pour par chez vers avant après entre depuis "
        "pendant contre derrière devant",
        "es": "en con sin por para sobre entre hasta desde hacia según tras contra durante",
        "pt": "em com sem por para sobre entre até desde antes depois contra durante",
        "it": "ad da in con su per tra fra senza fino prima dopo contro dietro verso",
        "nl": "in op aan bij met zonder voor door over onder naar uit tot tussen na tegen achter",
        "sv": "i på till från med utan för av om under över mellan hos efter",
        "da": "i på til fra med uden for af om under over mellem hos efter",
        "no": "i på til fra med uten for av om under over mellom hos etter",
        "pl": "w we na do z ze od po dla przez przed za o u pod nad bez między",
        "ru": "в во на с со к ко из от до по у о об за для без при над под между перед через",
        "ar": "في من إلى على عن مع بين بعد قبل عند حول خلال دون تحت فوق",
        "zh": "在 从 從 跟 对 對 把 被 给 給 向 往 到",
        "th": "ใน กับ จาก ที่ โดย บน ให้ ของ สำหรับ ถึง",
    }
)
"""Prepositions: a break before them is good, one after them is bad."""

HALFWAY = _words(
    {
        "en": "of to",
        "de": "von",
        "fr": "de d'",
        "es": "de a",
        "pt": "de a",
        "it": "di a",
        "nl": "van",
    }
)
"""Prepositions that hang on the noun before them as much as on the one behind."""

LEADERS = _words(
    {
        "en": "i you he she it we they there is are was were am be been has have had do does "
        "did will would can could should must may might not don't doesn't didn't can't won't "
        "wasn't isn't never very too more most no i'm i've i'll you're he's she's it's we're "
        "they're",
        "de": "ich du er sie es wir ihr man nicht sehr zu mehr so ist sind war hat habe haben",
        "fr": "je j' tu il elle on nous vous ils elles ne n' se s' me m' te t' lui y très "
        "plus est sont était a ai as avons avez ont être",
        "es": "yo tú él ella nosotros ellos me te se nos le les no muy más es son era ha he "
        "has han había está",
        "pt": "eu você ele ela nós eles me te se lhe não muito mais é são era foi está tinha",
        "it": "io tu lui lei noi voi loro mi ti si ci vi non molto più è sono era ha ho hai "
        "hanno avrei sarebbe",
        "nl": "ik je jij hij zij ze we wij het er niet zeer te is zijn was heeft heb had",
        "ru": "я ты он она мы вы они не ни бы очень этот эта это эти",
        "pl": "ja ty on ona my wy oni nie się bardzo",
        "ar": "لا لم لن ما قد هذا هذه ذلك تلك هو هي أنا كل أي",
        "zh": "我 你 您 他 她 我们 我們 你们 你們 他们 他們 不 没 沒 没有 沒有 很 太 最 一 这 "
        "這 那 会 會 能 要 个 個 座 再 也 还 還 又 已 已经 已經 把 被",
        "th": "ผม ฉัน คุณ เขา เธอ เรา ไม่ ไม่มี จะ การ ความ คง ได้ เคย",
        "ko": "안 못 이 그 저 내 네 할 수",
    }
)
"""Words that lean on what follows: pronouns before their verb, auxiliaries, negations."""

TRAILERS = _words(
    {
        "en": "it me him them us here up off away back too either ago enough else please",
        "es": "mismo misma",
        "fr": "pas plus jamais rien",
        "ko": "수 것 거 줄 때 게 데 뿐 만큼 등 적 있어 없어 있다 없다 있는 없는 있습니다 없습니다",
        "ru": "бы же ли",
        "zh": "的 了 吗 嗎 呢 吧 着 著 过 過 得 地 们 們",
        "th": "นี้ นั้น ครับ ค่ะ คะ นะ เลย ไหม",
    }
)
"""Words that lean on what stands before: no break before them."""

ENDINGS = {
    "ja": (
        ("から", "ので", "のに", "けど", "けれど", "たら", "だら", "なら", "れば", "ても", "でも"),
        ("の", "な"),
        ("は", "も", "が", "を", "に", "へ", "で", "と", "て", "か"),
    ),
    "ko": (
        ("고", "면", "지만", "는데", "니까", "라도", "려고", "다가", "어서", "아서"),
        ("의", "던"),
        ("은", "는", "이", "가", "을", "를", "에", "서", "로", "도", "한테"),
    ),
    "zh": ((), (), ("了", "过", "過", "着", "著")),
}
"""How words end that close a clause, that lean on what follows, and that do neither."""

TITLES = frozenset(
    {
        *("mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "jr."),
        *("m.", "mme.", "monsieur", "madame", "hr.", "fr.", "herr", "herrn", "frau", "doktor"),
        *("sr.", "sra.", "dra.", "señor", "señora", "senhor", "senhora", "signor", "signora"),
        *("meneer", "mevrouw"),
    }
)
"""What stands before a name."""

SAME_WORDS = {"nb": "no", "cmn": "zh", "yue": "zh"}
"""Languages that share the words of another one here."""
