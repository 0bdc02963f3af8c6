//! Evaluating expressions on an input.

use std::{collections::BTreeMap, sync::Arc};

use cel::{Context, ExecutionError, Value, extractors::This, parser::PrattParser};

use super::{
    super::{Input, Operation},
    Expression, aside,
    cost::{PAY, Purse},
};

/// How many entries the lists of an input may have, together.
const MOST_ENTRIES: usize = 200_000;

/// What is asked of the engine.
#[derive(Debug)]
pub(in super::super) struct Question<'q> {
    pub(in super::super) expression: &'q Expression,
    /// The operations that it sees, where they are not those of the input.
    pub(in super::super) operations: Option<Vec<Operation>>,
}

/// Whether each expression is true of an input, or why that cannot be told. No reason holds a value of the input.
pub(in super::super) fn answer(
    questions: Vec<Question<'_>>,
    input: &Input,
) -> Vec<Result<bool, String>> {
    if questions.is_empty() {
        return Vec::new();
    }
    let count = questions.len();
    let all = |why: &str| vec![Err(why.to_owned()); count];
    if entries(input) > MOST_ENTRIES {
        return all("the plan has more webhooks and operations than a rule may look at");
    }
    let answered = aside(|| answer_here(questions, input));
    answered.unwrap_or_else(|| all("the engine failed"))
}

fn entries(input: &Input) -> usize {
    let declared: usize = input.declared.values().map(Vec::len).sum();
    input.operations.len()
        + input.webhooks.before.len()
        + input.webhooks.after.len()
        + input.coverage.len()
        + declared
}

fn answer_here(questions: Vec<Question<'_>>, input: &Input) -> Vec<Result<bool, String>> {
    let purse = Purse::default();
    let mut values = Values::new(input);
    let mut answers = Vec::new();
    for Question {
        expression,
        operations,
    } in questions
    {
        answers.push(
            values
                .context(expression, operations.as_deref(), &purse)
                .and_then(|context| {
                    purse.fill();
                    let value = Value::resolve(&expression.tree, &context);
                    if purse.is_empty() {
                        return Err("it takes more steps than a rule may take".to_owned());
                    }
                    match value {
                        Ok(Value::Bool(holds)) => Ok(holds),
                        Ok(_) => Err("it is neither true nor false".to_owned()),
                        Err(error) => Err(why(&error, expression.text())),
                    }
                }),
        );
    }
    answers
}

/// The parts of an input as the engine takes them, each made once.
struct Values<'i> {
    input: &'i Input,
    known: BTreeMap<String, Value>,
}

impl<'i> Values<'i> {
    fn new(input: &'i Input) -> Self {
        Self {
            input,
            known: BTreeMap::new(),
        }
    }

    fn context(
        &mut self,
        expression: &Expression,
        operations: Option<&[Operation]>,
        purse: &Purse,
    ) -> Result<Context<'static, 'static>, String> {
        let mut context = Context::default();
        for name in &expression.names {
            let value = match (name.as_str(), operations) {
                ("operations", Some(operations)) => made(operations)?,
                _ => self.value(name)?,
            };
            context.add_variable_from_value(name.as_str(), value);
        }
        let cannot = |_| "the engine failed".to_owned();
        let purse = purse.clone();
        let pay = move |price: i64| -> Result<bool, ExecutionError> {
            match purse.pay(u64::try_from(price).unwrap_or(u64::MAX)) {
                true => Ok(true),
                false => Err(ExecutionError::function_error("pay", "too many steps")),
            }
        };
        context.add_function(PAY, pay).map_err(cannot)?;
        let patterns = Arc::new(expression.patterns.clone());
        let matches = move |This(text): This<Arc<String>>, pattern: Arc<String>| match patterns
            .get(pattern.as_str())
        {
            Some(pattern) => Ok(pattern.is_match(&text)),
            None => Err(ExecutionError::function_error("matches", "another pattern")),
        };
        context.add_function("matches", matches).map_err(cannot)?;
        Ok(context)
    }

    fn value(&mut self, name: &str) -> Result<Value, String> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let input = self.input;
        let value = match name {
            "environment" => made(&input.environment),
            "time" => moment(&input.time.to_string()),
            "counts" => made(&input.counts),
            "operations" => made(&input.operations),
            "webhooks" => made(&input.webhooks),
            "coverage" => made(&input.coverage),
            "declared" => made(&input.declared),
            "change" => made(&input.change),
            "blast_radius" => made(&input.blast_radius),
            other => Err(format!("there is nothing called `{other}`")),
        }?;
        self.known.insert(name.to_owned(), value.clone());
        Ok(value)
    }
}

fn made<T: serde::Serialize + ?Sized>(part: &T) -> Result<Value, String> {
    cel::to_value(part).map_err(|_| "the engine does not take the input".to_owned())
}

/// A moment as the engine has it.
fn moment(text: &str) -> Result<Value, String> {
    let failed = || "the engine does not take the time".to_owned();
    let tree = PrattParser::new().parse("timestamp(text)");
    let tree = tree.map_err(|_| failed())?;
    let mut context = Context::default();
    context.add_variable_from_value("text", text.to_owned());
    Value::resolve(&tree, &context).map_err(|_| failed())
}

/// Why an expression could not be evaluated. The engine's own words repeat values, which may be sensitive.
fn why(error: &ExecutionError, text: &str) -> String {
    match error {
        ExecutionError::NoSuchKey(key) if text.contains(key.as_str()) => {
            format!("`{key}` is not known")
        }
        ExecutionError::NoSuchKey(_) => "a map has no such key".to_owned(),
        ExecutionError::UndeclaredReference(name) => format!("there is nothing called `{name}`"),
        ExecutionError::NoSuchOverload(error) => {
            let name = error.function().trim_matches('_').trim_start_matches('@');
            format!(
                "`{name}` does not take {}",
                error.argument_types().join(" and ")
            )
        }
        ExecutionError::UnexpectedType { got, want } => {
            format!("it needs {want}, and there is {got}")
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a number gets too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "a list has no such element".to_owned(),
        ExecutionError::FunctionError { function, .. } if function == "timezone" => {
            "there is no such time zone".to_owned()
        }
        ExecutionError::FunctionError { function, .. } => format!("`{function}` failed"),
        _ => "an operand does not fit its operator".to_owned(),
    }
}
