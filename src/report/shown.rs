//! A plan in any format.

use std::io::{self, Write};

use super::{Finding, Findings, finding, gitlab, html, human, json, markdown, sarif};
use crate::{
    diagnostic::{Diagnostic, Places, Sources},
    run::PlannedEnvironment,
    saved::Origin,
};

/// A plan as it is shown.
#[derive(Clone, Debug)]
pub struct ShownPlan<'r> {
    /// What was planned.
    pub planned: &'r [PlannedEnvironment],
    /// Warnings about the manifest.
    pub diagnostics: &'r [Diagnostic],
    /// What they point into.
    pub sources: &'r Sources,
    /// Where what the manifest names stands in them; empty where a plan is shown without its manifest.
    pub places: &'r Places,
    /// What the plan was made of.
    pub origin: Origin,
    /// Whether text, comments and pages show each webhook by itself, also where many change alike.
    pub expand: bool,
}

/// The formats of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFormat {
    /// For people.
    Text,
    /// A line for each environment.
    Summary,
    /// For programs.
    Json,
    /// For comments on pull and merge requests.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// For code scanning: what guards and rules say.
    Sarif,
    /// A code quality report of the same.
    Gitlab,
}

impl ShownPlan<'_> {
    /// The same plan, with each webhook by itself where `expand` says so.
    #[must_use]
    pub fn expanded(self, expand: bool) -> Self {
        Self { expand, ..self }
    }

    /// The plan for programs.
    pub fn document(&self) -> json::Document<json::Planned> {
        json::planned(self.planned, self.diagnostics, self.sources)
    }

    /// What is to be known of it at places of the manifest: warnings about the manifest, and what guards and rules say.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let diagnostics = self.diagnostics.iter();
        let diagnostics = diagnostics.map(|found| Finding::of(found, self.sources));
        let planned = finding::planned(self.planned, self.places, self.sources);
        diagnostics.chain(planned).collect()
    }

    /// Writes the plan; text is laid out for this width.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(&self, format: PlanFormat, width: usize, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            planned,
            diagnostics: _, // Text says them beside the plan.
            sources: _,
            places: _,
            origin,
            expand,
        } = self;
        match format {
            PlanFormat::Text => {
                let expand = *expand;
                human::plan(planned, human::PlanLayout { width, expand }, out)
            }
            PlanFormat::Summary => human::summaries(planned, out),
            PlanFormat::Json => json::write(&self.document(), out),
            PlanFormat::Markdown => {
                markdown::plan(planned, origin, markdown::GITHUB_LONGEST, *expand, out)
            }
            PlanFormat::Html => html::plan(planned, origin, *expand, out),
            PlanFormat::Sarif => sarif::planned(&Findings::of(self.findings()), out),
            PlanFormat::Gitlab => gitlab::findings(&Findings::of(self.findings()), out),
        }
    }
}
