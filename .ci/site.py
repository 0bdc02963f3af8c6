"""Takes the repository from Cargo.toml, and lets pages link to its files as they do where they are read there."""

import posixpath
import re
import tomllib
from pathlib import Path

LINK = re.compile(r"\]\((\.\./[^)#\s]*)(#[^)\s]*)?\)")


def on_config(config):
    manifest = Path(config["config_file_path"]).with_name("Cargo.toml")
    config["repo_url"] = tomllib.loads(manifest.read_text())["package"]["repository"]
    return config


def on_page_markdown(markdown, page, config, files):
    root = Path(config["config_file_path"]).parent

    def absolute(link):
        path, anchor = link.group(1), link.group(2) or ""
        aim = posixpath.normpath(posixpath.join("docs", path))
        if not (root / aim).exists():
            return link.group(0)
        kind = "tree" if (root / aim).is_dir() else "blob"
        return f"]({config['repo_url']}/{kind}/main/{aim}{anchor})"

    return LINK.sub(absolute, markdown)
