"""Hooks of MkDocs: the navigation from docs/index.md, pages from outside of docs/, and scripts from packages.

The three sections of docs/index.md are the three doors of the site. A page of the dictionary is followed by the pages
of its tables, which it links.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Scripts of npm packages, and where they lie in the site.
SCRIPTS = {"mermaid/dist/mermaid.min.js": "assets/mermaid.min.js", "iframe-worker/shim/index.js": "assets/shim.js"}
MERMAID, SHIM = SCRIPTS.values()
SHIM_ELSEWHERE = "https://unpkg.com/iframe-worker/shim"  # the theme loads it from there, for the search from disk
# Pages that lie at the root of the repository, and their names in the site.
OUTSIDE = {"README.md": "readme.md", "AGENTS.md": "conventions.md"}
# Folders of docs/ that are sections of their own.
SECTIONS = {"decisions": "Decisions", "read": "Recipes"}
LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<path>(?!https?:|mailto:|#)[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
DOOR = re.compile(r"^## (\w+).*\n((?:(?!^## ).*\n?)*)", re.MULTILINE)

Entry = str | dict[str, Any]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set the navigation.

    Raises:
        PluginError: when a script is not installed, or the index has no sections.
    """
    if missing := [name for name in SCRIPTS if not (HERE / "node_modules" / name).is_file()]:
        raise PluginError(f"infra/docs/node_modules has no {', '.join(missing)}; run `make docs`, which installs it")
    docs = Path(config.docs_dir)
    index = (docs / "index.md").read_text(encoding="utf-8")
    doors = DOOR.findall(index)
    if not doors:
        raise PluginError("docs/index.md has no sections `## Reader: ...`; the navigation is made from them")
    config.nav = [
        {"Start": ["index.md", *_entries(docs, index.partition("\n## ")[0])]},
        *({name: _entries(docs, text)} for name, text in doors),
    ]
    return config


def _entries(docs: Path, text: str) -> list[Entry]:
    """Pages that a part of the index links, in its order, each folder of SECTIONS as one entry."""
    entries: list[Entry] = []
    sections: dict[str, list[Entry]] = {}
    for link in LINK.finditer(text):
        path = _in_site(link["path"])
        if (folder := posixpath.dirname(path)) in SECTIONS:
            if folder not in sections:
                sections[folder] = []
                entries.append({SECTIONS[folder]: sections[folder]})
            sections[folder].append(path)
        else:
            entries.append({link["text"]: [path, *_tables(docs / path)] if _tables(docs / path) else path})
    return entries


def _tables(page: Path) -> list[Entry]:
    """Pages of tables in the list of a dictionary, by layer."""
    if not page.name.startswith("data-dictionary"):
        return []
    found: dict[str, list[Entry]] = {}
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        layer, _, name = link["text"].partition(".")
        if link["path"].startswith("tables/"):
            found.setdefault(layer, []).append({name: link["path"]})
    return [{layer: pages} for layer, pages in found.items()]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what does not lie in docs/."""
    for path, name in OUTSIDE.items():
        files.append(File.generated(config, name, content=(ROOT / path).read_text(encoding="utf-8")))
    for script, name in SCRIPTS.items():
        files.append(File.generated(config, name, abs_src_path=str(HERE / "node_modules" / script)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Let links that leave docs/ lead to their page of the site, or to the repository, or be text."""
    source = page.file.src_uri
    folder = posixpath.dirname(source)
    at_root = source in OUTSIDE.values()
    if folder == "tables":
        page.meta["hide"] = ["toc"]  # they have one heading and wide tables

    def replaced(link: re.Match[str]) -> str:
        path = link["path"]
        target = posixpath.normpath(path if at_root else posixpath.join("docs", folder, path))
        if target in OUTSIDE or target.startswith("docs/"):
            there = OUTSIDE.get(target, target.removeprefix("docs/"))
            return f"[{link['text']}]({posixpath.relpath(there, folder or '.')}{link['anchor'] or ''})"
        return f"[{link['text']}]({config.repo_url}/blob/main/{target})" if config.repo_url else link["text"]

    return LINK.sub(replaced, markdown)


def _in_site(path: str) -> str:
    """Path of a page in the site, from its path in the index."""
    return OUTSIDE.get(path.removeprefix("../"), path)


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Load the search's worker from the site, and Mermaid on pages with diagrams only: it has 3 MB."""
    folder = posixpath.dirname(page.url) or "."
    output = output.replace(SHIM_ELSEWHERE, posixpath.relpath(SHIM, folder))
    if '<pre class="mermaid">' not in output:
        return output
    return output.replace("</head>", f'<script src="{posixpath.relpath(MERMAID, folder)}"></script></head>', 1)
