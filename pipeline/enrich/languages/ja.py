"""Japanese: no spaces and no endings; particles follow a name directly."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="ja",
    name="Japanese",
    examples=(
        Example("ロシア", "ロシアの侵攻を受けて", "ロシア"),
        Example("中国", "中国が発表した", "中国"),
        Example("米国", "対米国の輸出", "米国"),
        Example("TikTok", "TikTokを禁止する", "TikTok"),
        Example("Meta", "Metaverse事業", ""),
        Example("韓国", "韓流と国際情勢", ""),
    ),
)
