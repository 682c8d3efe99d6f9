"""Reading skills: front matter, Markdown, shell code and licences."""
