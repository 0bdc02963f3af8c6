//! Whether an archive is whole.

use super::SqliteArchive;
use crate::delivery::archive::{ArchiveError, Attempt, EnvironmentId, Fault, VerifiedEnvironment};

/// How many problems SQLite is to tell of.
const MOST: i64 = 20;

impl SqliteArchive {
    /// The names of the environments, with their numbers.
    pub(in crate::delivery::archive) fn environments(
        &self,
    ) -> Result<Vec<(String, EnvironmentId)>, ArchiveError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let sql = "SELECT name, id FROM environments ORDER BY name";
            let mut statement = self.connection.prepare(sql)?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, EnvironmentId(row.get(1)?))))?;
            rows.collect()
        };
        read().map_err(self.failed(Attempt::Read))
    }

    /// Has SQLite look at all pages, and counts what there is.
    pub(in crate::delivery::archive) fn verify(
        &self,
        environment: EnvironmentId,
    ) -> Result<VerifiedEnvironment, ArchiveError> {
        let read = || -> rusqlite::Result<VerifiedEnvironment> {
            let connection = &self.connection;
            let check = format!("PRAGMA integrity_check({MOST})");
            let mut statement = connection.prepare(&check)?;
            let problems = statement.query_map([], |row| row.get::<_, String>(0))?;
            let problems: Vec<String> = problems.collect::<rusqlite::Result<_>>()?;
            let object = self.path.display().to_string();
            let faults = problems.into_iter().filter(|problem| problem != "ok");
            let faults = faults.map(|problem| Fault {
                object: object.clone(),
                problem,
            });
            let count =
                |sql: &str| connection.query_row(sql, [environment.0], |row| row.get::<_, i64>(0));
            let deliveries = count("SELECT count(*) FROM deliveries WHERE environment = ?1")?;
            let days = count(
                "SELECT count(DISTINCT created / 86400000000) FROM deliveries WHERE environment = ?1",
            )?;
            let bytes = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size
                WHERE ?1 IS NOT NULL";
            Ok(VerifiedEnvironment {
                name: connection.query_row(
                    "SELECT name FROM environments WHERE id = ?1",
                    [environment.0],
                    |row| row.get(0),
                )?,
                days: days.unsigned_abs(),
                files: 1,
                bytes: count(bytes)?.unsigned_abs(),
                deliveries: deliveries.unsigned_abs(),
                faults: faults.collect(),
                ..VerifiedEnvironment::default()
            })
        };
        read().map_err(self.failed(Attempt::Read))
    }
}
