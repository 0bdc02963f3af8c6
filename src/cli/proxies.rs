//! The proxies that environment variables name.

use super::error::{CliError, ErrorKind};
use crate::net::{BaseUrl, InvalidProxy, Proxies, Route};

/// The way to a server.
///
/// # Errors
///
/// A variable that names no proxy, also where this server is reached without one.
pub(super) fn route(url: &BaseUrl) -> Result<Route, CliError> {
    let route = of_environment().and_then(|proxies| proxies.to(url));
    route.map_err(|invalid| {
        let hint = hint(&invalid);
        CliError::new(ErrorKind::Usage, invalid).hint(hint)
    })
}

/// What the environment says of proxies.
///
/// # Errors
///
/// A variable that names no proxy.
pub(super) fn of_environment() -> Result<Proxies, InvalidProxy> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    Proxies::read(|name| std::env::var_os(name))
}

/// What to do where a variable names no proxy.
pub(super) fn hint(invalid: &InvalidProxy) -> String {
    format!(
        "set `{}` to a URL such as `http://proxy.example.com:3128`, or unset it; in a user name and a password, write letters like `/`, `#`, `?` and `@` as `%2F`, `%23`, `%3F` and `%40`",
        invalid.variable
    )
}
