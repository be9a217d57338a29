//! The queries that were compiled, held against the schema that is migrated.

use std::{fs, path::Path};

use rollcage_tests::Database;
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Column, Connection, Either, Executor, PgConnection, SqlSafeStr, Statement,
    TypeInfo,
};

#[tokio::test]
async fn saved_queries_match_the_schema() {
    let database = Database::make().await;
    let mut db = PgConnection::connect(database.url())
        .await
        .expect("Postgres answers");
    let mut mistakes = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/.sqlx");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("queries are saved").flatten() {
        let saved = fs::read(entry.path()).expect("a saved query can be read");
        let saved: Value = serde_json::from_slice(&saved).expect("a saved query is JSON");
        let sql = saved["query"]
            .as_str()
            .expect("a saved query has its text")
            .to_owned();
        count += 1;
        let statement = match db.prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await {
            Ok(statement) => statement,
            Err(error) => {
                mistakes.push(format!("{error}\n{sql}"));
                continue;
            }
        };
        let columns: Vec<(String, String)> = statement
            .columns()
            .iter()
            .map(|column| {
                (
                    column.name().to_owned(),
                    column.type_info().name().to_owned(),
                )
            })
            .collect();
        let parameters: Vec<String> = match statement.parameters() {
            Some(Either::Left(types)) => types.iter().map(|one| one.name().to_owned()).collect(),
            other => panic!("Postgres names the types of parameters: {other:?}"),
        };
        let saved_columns = saved["describe"]["columns"]
            .as_array()
            .expect("columns")
            .iter();
        let saved_columns: Vec<_> = saved_columns
            .map(|column| (text(&column["name"]), type_name(&column["type_info"])))
            .collect();
        let saved_parameters = saved["describe"]["parameters"]["Left"]
            .as_array()
            .expect("parameters")
            .iter();
        let saved_parameters: Vec<_> = saved_parameters.map(type_name).collect();
        if !is_same(
            &columns
                .iter()
                .map(|(_, kind)| kind.clone())
                .collect::<Vec<_>>(),
            &saved_columns
                .iter()
                .map(|(_, kind)| kind.clone())
                .collect::<Vec<_>>(),
        ) || columns
            .iter()
            .map(|(name, _)| name)
            .ne(saved_columns.iter().map(|(name, _)| name))
        {
            mistakes.push(format!(
                "columns {columns:?}, saved {saved_columns:?}\n{sql}"
            ));
        }
        if !is_same(&parameters, &saved_parameters) {
            mistakes.push(format!(
                "parameters {parameters:?}, saved {saved_parameters:?}\n{sql}"
            ));
        }
    }
    assert!(
        mistakes.is_empty(),
        "run deploy/dev/prepare-queries; {} mistakes:\n{}",
        mistakes.len(),
        mistakes.join("\n\n")
    );
    assert!(count > 50, "only {count} queries were found");
}

#[tokio::test]
async fn migrations_apply_to_an_empty_database_and_twice() {
    let database = Database::make_empty().await;
    for _ in 0..2 {
        rollcage_server::store::migrate(database.db())
            .await
            .expect("migrations apply");
    }
    // Nodes that start together take turns.
    let together = Database::make_empty().await;
    let (one, two) = tokio::join!(
        rollcage_server::store::migrate(together.db()),
        rollcage_server::store::migrate(together.db()),
    );
    one.expect("migrations apply");
    two.expect("migrations apply");
}

/// Types by the names that Postgres and sqlx's files give them: `Int8` is `INT8`.
fn is_same(found: &[String], saved: &[String]) -> bool {
    found.len() == saved.len()
        && found
            .iter()
            .zip(saved)
            .all(|(found, saved)| found.eq_ignore_ascii_case(saved))
}

/// A type in a saved query: a name, or an object for what Postgres does not have built in.
fn type_name(saved: &Value) -> String {
    let name = text(saved);
    // `Int8Array` is what Postgres calls `INT8[]`.
    name.strip_suffix("Array")
        .map_or(name.clone(), |element| format!("{element}[]"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
