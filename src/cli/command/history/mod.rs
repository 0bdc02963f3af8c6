//! `history`: what was delivered.

mod asked;
mod compact;
mod gaps;
mod import_sqlite;
mod list;
mod replay;
mod stats;
mod sync;
mod verify;

use crate::cli::{
    args::{HistoryArgs, HistoryCommand},
    context::Context,
    planning::Ended,
};

pub(crate) async fn run(context: Context<'_>, args: &HistoryArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    match &args.command {
        None => list::run(context, &args.list).await,
        Some(HistoryCommand::List(args)) => list::run(context, args).await,
        Some(HistoryCommand::Sync(args)) => sync::run(context, args).await,
        Some(HistoryCommand::Stats(args)) => stats::run(context, args).await,
        Some(HistoryCommand::Gaps(args)) => gaps::run(context, args).await,
        Some(HistoryCommand::Replay(args)) => replay::run(context, args).await,
        Some(HistoryCommand::Verify(args)) => verify::run(args, terminal).await,
        Some(HistoryCommand::Compact(args)) => compact::run(args, terminal).await,
        Some(HistoryCommand::ImportSqlite(args)) => import_sqlite::run(args, terminal).await,
    }
}
