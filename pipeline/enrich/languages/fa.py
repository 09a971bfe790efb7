"""Persian: plural -ها and -ان and the linking ی after a vowel; a zero-width non-joiner ends a word."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="fa",
    name="Persian",
    declensions=(
        ("یا", "یا یای"),  # not "آمریکای": that is nearly always Latin or South America
        ("ی", "ی یها یهای یان"),
    ),
    examples=(
        Example("روسیه", "روسیه‌ای که می‌شناسیم", "روسیه"),
        Example("چینی", "شرکت‌های چینی‌ها", "چینی"),
        Example("چینی", "سخنان چینیها", "چینیها"),
        Example("ایرانی", "ایرانیان خارج از کشور", "ایرانیان"),
        Example("بریتانیا", "بریتانیای پس از برگزیت", "بریتانیای"),
        Example("اوکراین", "رئیس‌جمهور اوکراین", "اوکراین"),
        Example("هند", "اصول هندسه", ""),
        Example("چین", "دیوار چینه", ""),
    ),
)
