//! The proxies that environment variables name.

use super::error::{CliError, ErrorKind};
use crate::net::{BaseUrl, InvalidProxy, Proxies, Route};

/// The way to a server.
///
/// # Errors
///
/// A variable that names no proxy, also where this server is reached without one.
pub(super) fn route(url: &BaseUrl) -> Result<Route, CliError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    let proxies = Proxies::read(|name| std::env::var_os(name));
    proxies
        .and_then(|proxies| proxies.to(url))
        .map_err(unusable)
}

fn unusable(error: InvalidProxy) -> CliError {
    let hint = format!(
        "set `{}` to a URL such as `http://proxy.example.com:3128`, or unset it; in a user name and a password, write letters like `/`, `#`, `?` and `@` as `%2F`, `%23`, `%3F` and `%40`",
        error.variable
    );
    CliError::new(ErrorKind::Usage, error).hint(hint)
}
