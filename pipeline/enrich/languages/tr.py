"""Turkish: an apostrophe before the ending ends a proper name; names of bodies and demonyms take endings without one."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="tr",
    name="Turkish",
    # Nominative, genitive, dative, accusative, locative, ablative, instrumental; endings follow the last vowel.
    declensions=(
        # Demonyms ("Çinli"), also in the plural.
        ("li", "li/liler linin/lilerin liye/lilere liyi/lileri lide/lilerde liden/lilerden liyle/lilerle"),
        ("lı", "lı/lılar lının/lıların lıya/lılara lıyı/lıları lıda/lılarda lıdan/lılardan lıyla/lılarla"),
        ("lu", "lu/lular lunun/luların luya/lulara luyu/luları luda/lularda ludan/lulardan luyla/lularla"),
        ("lü", "lü/lüler lünün/lülerin lüye/lülere lüyü/lüleri lüde/lülerde lüden/lülerden lüyle/lülerle"),
        # Plurals ("Ruslar", "Birleşmiş Milletler").
        ("lar", "lar ların lara ları larda lardan larla"),
        ("ler", "ler lerin lere leri lerde lerden lerle"),
        # Compounds that end in the possessive ("Dışişleri Bakanlığı", "Avrupa Birliği", "Güvenlik Konseyi").
        ("ğı", "ğı ğının ğına ğını ğında ğından ğıyla"),
        ("ği", "ği ğinin ğine ğini ğinde ğinden ğiyle"),
        ("ğu", "ğu ğunun ğuna ğunu ğunda ğundan ğuyla"),
        ("ğü", "ğü ğünün ğüne ğünü ğünde ğünden ğüyle"),
        ("ı", "ı ının ına ını ında ından ıyla"),
        ("i", "i inin ine ini inde inden iyle"),
        ("u", "u unun una unu unda undan uyla"),
        ("ü", "ü ünün üne ünü ünde ünden üyle"),
    ),
    examples=(
        Example("Dışişleri Bakanlığı", "Dışişleri Bakanlığının açıklaması", "Dışişleri Bakanlığının"),
        Example("Avrupa Birliği", "Avrupa Birliğinden yaptırım kararı", "Avrupa Birliğinden"),
        Example(
            "Türkiye Büyük Millet Meclisi", "Türkiye Büyük Millet Meclisine sunuldu", "Türkiye Büyük Millet Meclisine"
        ),
        Example("İran", "İran'ın nükleer programı", "İran"),
        Example("Çinli", "Çinlilerin yatırımları", "Çinlilerin"),
        Example("Ruslar", "Ruslara göre", "Ruslara"),
        Example("Rus", "Ruslan Umerov konuştu", ""),
        Example("Çin", "için çinko aldı", ""),
    ),
)
