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
    args::{GlobalArgs, HistoryArgs, HistoryCommand},
    planning::Ended,
    terminal::Terminal,
};

pub(crate) async fn run(
    global: &GlobalArgs,
    args: &HistoryArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    match &args.command {
        None => list::run(global, &args.list, terminal).await,
        Some(HistoryCommand::List(args)) => list::run(global, args, terminal).await,
        Some(HistoryCommand::Sync(args)) => sync::run(global, args, terminal).await,
        Some(HistoryCommand::Stats(args)) => stats::run(global, args, terminal).await,
        Some(HistoryCommand::Gaps(args)) => gaps::run(global, args, terminal).await,
        Some(HistoryCommand::Replay(args)) => replay::run(global, args, terminal).await,
        Some(HistoryCommand::Verify(args)) => verify::run(args, terminal).await,
        Some(HistoryCommand::Compact(args)) => compact::run(args, terminal).await,
        Some(HistoryCommand::ImportSqlite(args)) => import_sqlite::run(args, terminal).await,
    }
}
