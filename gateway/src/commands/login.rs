//! `marshal login`.

use std::process::ExitCode;
use std::sync::Arc;

use marshal_admin::Logins;
use marshal_types::{Clock, SystemClock};
use serde_json::json;

use crate::assemble::chain;
use crate::banner::login_address;
use crate::cli::Global;
use crate::{output, paths};

/// Makes a one-time login, for whoever may read the data folder.
pub(super) fn run(global: &Global) -> ExitCode {
    let config = match super::config(global) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let clock: Arc<dyn Clock> = SystemClock::new();
    let login =
        Logins::open(&paths::state(&config.data_dir), clock).and_then(|logins| logins.issue());
    match login {
        Ok(login) => {
            let address = login_address(config.listen.control, &login);
            if global.json {
                output::object(&json!({ "ok": true, "address": address }));
            } else {
                output::print(&format!("Open this once to sign in:\n\n{address}\n\n"));
            }
            ExitCode::from(output::WELL)
        }
        Err(error) => output::wrong(&chain(&error), global.json),
    }
}
