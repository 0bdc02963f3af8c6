//! Where comments belong.

use url::Url;

use crate::net::BaseUrl;

/// Whose API it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub, and what speaks its REST API.
    GitHub,
    /// GitLab.
    GitLab,
}

impl Forge {
    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
        }
    }

    /// The longest comment it takes, in characters. GitHub: "maximum is 65536 characters", from its
    /// own error; GitLab: 1,000,000, from its "Size of comments and descriptions" limit.
    pub fn longest_comment(self) -> usize {
        match self {
            Self::GitHub => 65_536,
            Self::GitLab => 1_000_000,
        }
    }
}

/// A repository, whose pull requests (GitLab: merge requests) are commented on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Whose it is.
    pub forge: Forge,
    /// Where the API is: `https://api.github.com/`, `https://gitlab.com/api/v4/`.
    pub api: BaseUrl,
    /// `owner/name` at GitHub; the project's number or path at GitLab.
    pub path: String,
}

impl Repository {
    pub(super) fn pull_requests(&self) -> Url {
        self.below(&["pulls"], &["merge_requests"])
    }

    pub(super) fn pull_request(&self, number: u64) -> Url {
        let number = number.to_string();
        self.below(&["pulls", &number], &["merge_requests", &number])
    }

    /// Who approved a pull request: GitHub's reviews, GitLab's approvals.
    pub(super) fn approvals(&self, number: u64) -> Url {
        let number = number.to_string();
        self.below(
            &["pulls", &number, "reviews"],
            &["merge_requests", &number, "approvals"],
        )
    }

    /// The pull requests that a commit is part of.
    pub(super) fn pull_requests_with(&self, commit: &str) -> Url {
        self.below(
            &["commits", commit, "pulls"],
            &["repository", "commits", commit, "merge_requests"],
        )
    }

    /// The comments of a pull request.
    pub(super) fn comments(&self, number: u64) -> Url {
        let number = number.to_string();
        self.below(
            &["issues", &number, "comments"],
            &["merge_requests", &number, "notes"],
        )
    }

    pub(super) fn comment(&self, number: u64, id: u64) -> Url {
        let (number, id) = (number.to_string(), id.to_string());
        self.below(
            &["issues", "comments", &id],
            &["merge_requests", &number, "notes", &id],
        )
    }

    /// What is below the repository, by what each forge calls it.
    fn below(&self, at_github: &[&str], at_gitlab: &[&str]) -> Url {
        let all: Vec<&str> = match self.forge {
            Forge::GitHub => {
                let path = self.path.split('/');
                let repository = ["repos"].into_iter().chain(path);
                repository.chain(at_github.iter().copied()).collect()
            }
            // A path is one segment, with its slashes escaped.
            Forge::GitLab => [&["projects", &*self.path][..], at_gitlab].concat(),
        };
        self.api.resource(&all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(forge: Forge, api: &str, path: &str) -> Repository {
        Repository {
            forge,
            api: BaseUrl::new(api, false).unwrap(),
            path: path.to_owned(),
        }
    }

    #[test]
    fn urls_are_those_of_the_documentation() {
        let github = repository(Forge::GitHub, "https://api.github.com", "acme/hooks");
        assert_eq!(
            github.comments(7).as_str(),
            "https://api.github.com/repos/acme/hooks/issues/7/comments"
        );
        assert_eq!(
            github.comment(7, 9).as_str(),
            "https://api.github.com/repos/acme/hooks/issues/comments/9"
        );
        let gitlab = repository(
            Forge::GitLab,
            "https://git.example.com/api/v4",
            "acme/a/hooks",
        );
        assert_eq!(
            gitlab.comment(7, 9).as_str(),
            "https://git.example.com/api/v4/projects/acme%2Fa%2Fhooks/merge_requests/7/notes/9"
        );
    }

    #[test]
    fn a_repository_cannot_lead_elsewhere() {
        for name in ["../../user", "a/b/../../..", "a/b?x=", "a/b#c"] {
            for forge in [Forge::GitHub, Forge::GitLab] {
                let url = repository(forge, "https://api.example.com/api", name).pull_request(7);
                assert!(url.path().starts_with("/api/"), "{url}");
                assert!(!url.path().contains("/../"), "{url}");
                assert_eq!(url.query(), None, "{url}");
                assert_eq!(url.fragment(), None, "{url}");
            }
        }
    }
}
