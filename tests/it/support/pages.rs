//! Pages: their markup, and what a browser makes of them.

use std::{fs, path::Path, process::Command};

/// What comes from a manifest or a provider, with a mark that is found again.
pub(crate) const HOSTILE: [&str; 12] = [
    "EVIL`` `x` ```` ",
    "`EVIL",
    "EVIL</code></summary></details><img src=x onerror=alert(1)>",
    "EVIL | a | b \\| c",
    "EVIL @octocat #1 org/repo#2 a@b.example",
    "/close EVIL",
    "x\n\n/close\n```\n# EVIL\n",
    "<!-- EVIL -->--><script>EVIL()</script>",
    "&lt;EVIL&gt; &#64; &amp;",
    "[EVIL](javascript:alert(1)) ![EVIL](https://evil.example.com/x.png)",
    "~~~\nEVIL\u{202e}\u{2028}\u{0}",
    "\" onfocus=\"EVIL",
];

/// The tags of a page in order, each with its attributes, and that they are nested properly.
pub(crate) fn tags(page: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let (_, mut rest) = page.split_once("<html").unwrap();
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        rest = after;
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if tag.starts_with('/') {
            if name != "html" {
                assert_eq!(open.pop().as_deref(), Some(&*name), "</{name}>");
            }
            continue;
        }
        if !["meta", "input"].contains(&&*name) {
            open.push(name);
        }
        found.push(tag.to_owned());
    }
    assert_eq!(open, [""; 0]);
    found
}

#[track_caller]
pub(crate) fn assert_accessible_and_alone(page: &str) {
    let tags = tags(page);
    let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
    for (tag, times) in [("title", 1), ("h1", 1), ("main ", 1), ("style", 1)] {
        assert_eq!(count(tag), times, "{tag}");
    }
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; "));
    for tag in &tags {
        let attributes: Vec<&str> = tag.split_whitespace().skip(1).collect();
        for attribute in attributes {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            assert!(!name.starts_with("on") && name != "src", "{tag}");
            let is_within = name != "href" || value.starts_with("\"#");
            assert!(is_within, "{tag}");
        }
    }
    assert_eq!(count("script") + count("link") + count("img"), 0);
    // Whatever is pointed to is there, once; every control has a name.
    for id in tags.iter().filter_map(|tag| tag.split_once("href=\"#")) {
        let id = id.1.split_once('"').unwrap().0;
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
    assert_eq!(count("input"), count("label"));
    assert_eq!(count("table"), count("caption"));
    assert_eq!(count("fieldset"), count("legend"));
    let headings = tags.iter().filter(|tag| tag.starts_with("th "));
    assert!(headings.clone().all(|tag| tag.contains("scope=\"")));
}

/// What a browser makes of a page: its document after `script` has run in it.
pub(crate) fn rendered(browser: &str, folder: &Path, page: &str, script: &str) -> String {
    let file = folder.join("page.html");
    let page = page.replace("</body>", &format!("<script>{script}</script></body>"));
    fs::write(&file, page).unwrap();
    let output = headless(browser, folder)
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// How wide a phone and a wide screen are.
const WIDTHS: [u32; 2] = [360, 1400];

/// Looks at a page on a phone and on a wide screen: each text is inside of the screen and of what holds it, and no two
/// texts overlap. Pictures of both are left in the folder of the build, named after `name`.
#[track_caller]
pub(crate) fn assert_all_is_seen(browser: &str, folder: &Path, page: &str, name: &str) {
    // The page's own policy keeps every script from running.
    let (head, rest) = page.split_once("<meta http-equiv=").unwrap();
    let (_, rest) = rest.split_once(">\n").unwrap();
    let open = format!("{head}{rest}");
    for width in WIDTHS {
        let script = include_str!("seen.js").replace("WIDTH", &width.to_string());
        let document = rendered(browser, folder, &open, &script);
        let (_, said) = document.split_once("<title>").unwrap();
        let (said, _) = said.split_once("</title>").unwrap();
        assert_eq!(said, "all of it is seen", "{name} at {width}");
        picture(browser, folder, page, &format!("{name}-{width}"), width);
    }
}

/// Takes a picture of a page, as wide as this.
#[track_caller]
fn picture(browser: &str, folder: &Path, page: &str, name: &str, width: u32) {
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&pictures).unwrap();
    let picture = pictures.join(format!("{name}.png"));
    fs::write(folder.join("page.html"), page).unwrap();
    // A window is at least 500 pixels wide, a frame is not.
    let frame = format!(
        "<body style=\"margin: 0\"><iframe src=\"page.html\" style=\"border: 0; width: {width}px; height: 2400px\">"
    );
    let file = folder.join("frame.html");
    fs::write(&file, frame).unwrap();
    let taken = headless(browser, folder)
        .arg(format!("--window-size={},2400", width.max(500)))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    assert!(taken.status.success(), "{taken:?}");
    let picture = fs::read(&picture).unwrap();
    assert!(picture.starts_with(b"\x89PNG"), "{name}");
}

/// A browser without a window, that asks nobody for anything.
fn headless(browser: &str, folder: &Path) -> Command {
    let mut command = Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .args(["--disable-sync", "--hide-scrollbars"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ));
    command
}

pub(crate) fn browser() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            let version = Command::new(name).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        })
}
