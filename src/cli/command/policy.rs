//! `policy`: the rules' own tests, and what rules see.

use crate::{
    cli::{
        args::{Format, PolicyArgs, PolicyCommand, PolicyExplainArgs, Wanted},
        context::Context,
        deliveries::check_history,
        drafting,
        error::CliError,
        exit, inputs,
        planning::{self, Ended},
        terminal::Terminal,
    },
    diagnostic::Sources,
    manifest::{Document, Lookup, Offline},
    model::EnvironmentName,
    policy::{Rule, Tested, run_test},
    report::{TestedRule, human, json, junit},
    run::Look,
};

pub(crate) async fn run(context: Context<'_>, args: &PolicyArgs) -> Result<u8, Ended> {
    match &args.command {
        PolicyCommand::Test(_) => test(context),
        PolicyCommand::Explain(args) => explain(context, args).await,
    }
}

/// The rules of a manifest, which needs nothing from outside for that.
fn rules(sources: &Sources, terminal: &Terminal) -> Result<Vec<Rule>, Ended> {
    let document = Document::read(sources);
    let all: Vec<EnvironmentName> = document.environments().collect();
    let resolution = document.check(&all, &Offline, sources);
    if resolution.has_errors() {
        return planning::invalid(&resolution.diagnostics, sources, None, terminal);
    }
    Ok(resolution.rules)
}

fn test(context: Context<'_>) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let sources = inputs::sources(&global.file)?;
    let tested: Vec<TestedRule> = rules(&sources, terminal)?.iter().map(tested).collect();
    let fails = tested.iter().any(|rule| rule.failed() > 0);
    terminal.show(
        || json::tested_rules(&tested),
        |out| match global.format {
            Wanted::Junit => junit::tested(&tested, out),
            _ => human::tested_rules(&tested, out),
        },
    )?;
    Ok(if fails { exit::FAILED } else { exit::DONE })
}

fn tested(rule: &Rule) -> TestedRule {
    let tests = rule.tests.iter().map(|test| {
        let read = inputs::rule_input(&test.beside, &test.path);
        let came = match read {
            Ok(Lookup::Found(text)) => run_test(rule, test, &text),
            Ok(Lookup::Unset | Lookup::Withheld) => {
                Tested::Failed(format!("there is no file `{}`", test.path))
            }
            Err(problem) => Tested::Failed(format!("`{}` cannot be read: {problem}", test.path)),
        };
        (test.name.clone(), came)
    });
    TestedRule {
        rule: rule.id.clone(),
        tests: tests.collect(),
    }
}

async fn explain(context: Context<'_>, args: &PolicyExplainArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let planning = &args.planning;
    let choose = |document: &_| match terminal.format {
        Format::Json => inputs::selected(document, &global.environment),
        Format::Text => inputs::one_selected(document, &global.environment),
    };
    let mut session = planning::open(context, &planning.options(), choose).await?;
    if planning.with_history.is_some() {
        session.environments.iter().try_for_each(check_history)?;
    }
    session.ask_forge(context, planning).await?;
    let drafts = drafting::drafted(&session, planning).await?;
    let look = Look {
        window: planning.with_history,
        guard: false,
        judged: false, // The session knows whether rules look.
    };
    let seen = session.policy_inputs(drafts, look).await;
    terminal.keep(|| json::text(&json::policy_inputs(&seen)))?;
    if let Format::Text = terminal.format {
        for (environment, input) in &seen {
            let input = input.as_ref().map_err(|error| {
                let name = &environment.name;
                CliError::failed(format!("environment `{name}`: {error}"))
            })?;
            terminal.result(|out| json::write_input(input, out))?;
        }
        return Ok(exit::DONE);
    }
    let fails = seen.iter().any(|(_, input)| input.is_err());
    terminal.result(|out| json::write(&json::policy_inputs(&seen), out))?;
    Ok(if fails { exit::FAILED } else { exit::DONE })
}
