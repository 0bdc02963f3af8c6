//! The documentation: what it shows is what the program prints, and what it links to is there.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use hookwright::plan::RefusalCode;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support::Workspace;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whoever runs the tests says whether to write the pages anew.
fn bless() -> bool {
    env::var("BLESS").is_ok_and(|value| value == "1")
}

/// The pages of the documentation, and those beside the README.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in [root().to_owned(), root().join("docs")] {
        let entries = fs::read_dir(folder).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    assert!(pages.len() > 20, "{pages:?}");
    pages
}

/// Runs a command line as the page's reader does: in a shell, both streams on one terminal.
fn run(workspace: &Workspace, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_hookwright"));
    let path = env::join_paths([
        program.parent().unwrap(),
        Path::new("/usr/bin"),
        Path::new("/bin"),
    ]);
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(workspace.path())
        .env_clear()
        .env("PATH", path.unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The name of the file that a fenced block shows, by its title.
fn shown_file(fence: &str) -> Option<&str> {
    fence
        .split_once(" title=\"")?
        .1
        .trim_end()
        .strip_suffix('"')
}

/// A page as it would be if its commands were run now; how many there are.
fn run_page(printed: &str) -> (String, usize) {
    let workspace = Workspace::new();
    let account = fs::read(root().join("docs/tutorial/account.jsonl")).unwrap();
    workspace.write("docs/tutorial/account.jsonl", account);
    let (mut made, mut commands) = (String::new(), 0);
    let (mut is_console, mut skips, mut file) = (false, false, None);
    for line in printed.split_inclusive('\n') {
        if line.starts_with("```") {
            if let Some((name, text)) = file.take() {
                workspace.write(name, text);
            }
            is_console = line == "```console\n";
            file = shown_file(line).map(|name| (name, String::new()));
            skips = false;
        } else if let Some((_, text)) = &mut file {
            text.push_str(line);
        }
        if let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) {
            made.push_str(line);
            made.push_str(&run(&workspace, command.trim_end()));
            commands += 1;
            // What is printed below it on the page is what was compared with.
            skips = true;
        } else if !skips {
            made.push_str(line);
        }
    }
    (made, commands)
}

#[test]
fn every_command_prints_what_the_pages_show() {
    let mut commands = 0;
    let has_jq = Path::new("/usr/bin/jq").exists();
    for page in pages() {
        let printed = fs::read_to_string(&page).unwrap();
        if !has_jq && printed.contains("| jq ") {
            println!("passed over: there is no jq here for {}", page.display());
            continue;
        }
        let (made, ran) = run_page(&printed);
        commands += ran;
        if bless() && printed != made {
            fs::write(&page, &made).unwrap();
            continue;
        }
        assert!(
            printed == made,
            "{} is stale: run `BLESS=1 cargo test --test it docs`\n{made}",
            page.display()
        );
    }
    assert!(commands > 15, "{commands}");
}

/// What a page links to, without what is elsewhere.
fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let targets = events.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    let targets = targets.map(|target| target.to_string());
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchors that a page's headings give, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut anchors, mut heading) = (BTreeSet::new(), None);
    for event in Parser::new(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::Text(text) | Event::Code(text), Some(heading)) => heading.push_str(&text),
            (Event::End(TagEnd::Heading(_)), _) => {
                let words = heading.take().unwrap_or_default().to_lowercase();
                let kept = words
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                anchors.insert(kept.collect::<String>().replace(' ', "-"));
            }
            _ => {}
        }
    }
    anchors
}

#[test]
fn every_link_leads_somewhere() {
    let mut lost = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in links(&text) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let aim = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            let is_there = match fs::read_to_string(&aim) {
                Ok(text) => anchor.is_empty() || anchors(&text).contains(anchor),
                Err(_) => aim.is_dir() && anchor.is_empty(),
            };
            if !is_there {
                lost.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn every_page_is_found_from_the_index() {
    let index = fs::read_to_string(root().join("docs/index.md")).unwrap();
    let navigation = fs::read_to_string(root().join("mkdocs.yml")).unwrap();
    for page in fs::read_dir(root().join("docs")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") && name != "index.md" {
            assert!(
                index.contains(&format!("({name})")),
                "docs/index.md lacks {name}"
            );
            assert!(
                navigation.contains(&format!(": {name}\n")),
                "mkdocs.yml lacks {name}"
            );
        }
    }
}

/// What the pages say that the program says, it says: fragments between what stands for one's own.
#[test]
fn messages_of_troubleshooting_are_in_the_program() {
    fn source(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => source(&path, all),
                false => *all += &fs::read_to_string(path).unwrap(),
            }
        }
    }
    let mut program = String::new();
    source(&root().join("src"), &mut program);
    let page = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut looked = 0;
    for cell in cells.filter(|cell| !cell.contains(['…', '<'])) {
        for part in cell
            .split(' ')
            .collect::<Vec<_>>()
            .split(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()))
        {
            let part = part.join(" ");
            assert!(program.contains(&part), "nothing says `{part}`");
            looked += 1;
        }
    }
    assert!(looked > 3, "{looked}");
}

#[test]
fn the_readme_is_short() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let words = readme.split_whitespace().count();
    assert!(words <= 900, "README.md has {words} words");
}

#[test]
fn every_guard_stands_in_the_page_of_refusals() {
    let page = fs::read_to_string(root().join("docs/refusals.md")).unwrap();
    for guard in RefusalCode::ALL {
        let name = guard.as_str();
        let row = match name {
            "policy" => "| `policy/ID` |".to_owned(),
            name => format!("| `{name}` |"),
        };
        assert!(
            page.contains(&row),
            "docs/refusals.md does not have `{name}`"
        );
    }
}
