"""Chinese: no spaces and no endings, so a name is found wherever its characters stand."""

from pipeline.enrich.languages.language import Example, Language

LANGUAGE = Language(
    code="zh",
    name="Chinese",
    examples=(
        Example("中国", "与中国外交部", "中国"),
        Example("美方", "希望美方停止制裁", "美方"),
        Example("俄罗斯", "对俄罗斯的制裁", "俄罗斯"),
        Example("TikTok", "封禁TikTok的法案", "TikTok"),
        Example("Meta", "Metaverse概念", ""),
        Example("美国", "美丽的国家", ""),
    ),
)
