//! Names that repeat, as numbers.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

/// Names kept at hand. Strangers choose the models they ask for, so it is not for ever.
const KEPT: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Numbers {
    by_name: HashMap<Arc<str>, i64>,
    by_number: HashMap<i64, Arc<str>>,
}

impl Numbers {
    /// The number of a name, which has one from now on.
    pub(crate) fn of(&mut self, db: &Connection, name: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some(number) = self.by_name.get(name) {
            return Ok(*number);
        }
        let number = match find(db, name)? {
            Some(number) => number,
            None => db
                .prepare_cached("INSERT INTO names (name) VALUES (?1)")?
                .insert([&**name])?,
        };
        self.keep(number, name.clone());
        Ok(number)
    }

    /// The name that has this number.
    pub(crate) fn name(&mut self, db: &Connection, number: i64) -> rusqlite::Result<Arc<str>> {
        if let Some(name) = self.by_number.get(&number) {
            return Ok(name.clone());
        }
        let name: String = db
            .prepare_cached("SELECT name FROM names WHERE id = ?1")?
            .query_row([number], |row| row.get(0))?;
        let name: Arc<str> = name.into();
        self.keep(number, name.clone());
        Ok(name)
    }

    fn keep(&mut self, number: i64, name: Arc<str>) {
        if self.by_name.len() >= KEPT {
            *self = Self::default();
        }
        self.by_name.insert(name.clone(), number);
        self.by_number.insert(number, name);
    }

    /// Forgets numbers that may not have been kept after all.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The number of a name that has one.
pub(crate) fn find(db: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM names WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}
