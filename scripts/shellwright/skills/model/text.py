"""A skill as a model reads it."""

from shellwright.skills.document import Document


def skill_text(document: Document) -> str:
    """Return a skill's name and description, its text, then its scripts."""
    parts = [f"Name: {document.name}", f"Description: {document.description}", "", document.body]
    for code in document.code:
        if code.script:
            parts += ["", f"Script {code.heading}:", code.text]
    return "\n".join(parts)
