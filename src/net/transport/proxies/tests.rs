use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Proxies, InvalidProxy> {
    Proxies::read(|name| {
        let mut named = variables.iter().filter(|(known, _)| *known == name);
        named.next().map(|(_, value)| OsString::from(value))
    })
}

fn route(variables: &[(&str, &str)], url: &str) -> Result<Route, InvalidProxy> {
    read(variables)?.to(&BaseUrl::new(url, true).unwrap())
}

#[test]
fn hosts_without_a_proxy_are_those_that_curl_and_go_mean() {
    for (without, url, is_direct) in [
        ("*", "https://api.example.com/", true),
        ("other.test, *", "https://api.example.com/", true),
        ("example.com", "https://example.com/", true),
        ("example.com", "https://api.example.com/", true),
        ("example.com", "https://notexample.com/", false),
        ("example.com", "https://example.com.test/", false),
        ("EXAMPLE.com", "https://Api.Example.com/", true),
        ("example.com.", "https://api.example.com/", true),
        (".example.com", "https://api.example.com/", true),
        (".example.com", "https://example.com/", true),
        (".example.com", "https://notexample.com/", false),
        ("*.example.com", "https://api.example.com/", true),
        ("*.example.com", "https://a.b.example.com/", true),
        ("*.example.com", "https://example.com/", false),
        ("*.example.com", "https://notexample.com/", false),
        ("api.example.com:443", "https://api.example.com/", true),
        (
            "api.example.com:443",
            "https://api.example.com:8443/",
            false,
        ),
        ("api.example.com:80", "https://api.example.com/", false),
        ("*.example.com:8443", "https://api.example.com:8443/", true),
        ("10.0.0.0/8", "https://10.1.2.3/", true),
        ("10.1.2.3/8", "https://10.9.9.9/", true),
        ("10.0.0.0/8", "https://11.1.2.3/", false),
        ("10.0.0.0/8", "https://10.example.com/", false),
        ("10.0.0.0/99", "https://10.0.0.1/", false),
        ("fd00::/8", "https://[fd00::1]/", true),
        ("10.1.2.3", "https://10.1.2.3:8443/", true),
        ("10.1.2.3:443", "https://10.1.2.3:8443/", false),
        ("2.3", "https://10.1.2.3/", false),
        ("fd00::1", "https://[fd00::1]/", true),
        ("[fd00::1]:443", "https://[fd00::1]/", true),
        ("[fd00::1]:444", "https://[fd00::1]/", false),
        (" a.test ,\texample.com ,", "https://api.example.com/", true),
        ("a.test example.com", "https://api.example.com/", true),
        (",. *. :443", "https://api.example.com/", false),
    ] {
        let variables = [
            ("HTTPS_PROXY", "http://proxy.test:3128"),
            ("no_proxy", without),
        ];
        let found = route(&variables, url).unwrap();
        assert_eq!(
            found == Route::Direct,
            is_direct,
            "{without:?} and {url}: {found:?}"
        );
    }
}

#[test]
fn each_scheme_has_its_variable_and_one_is_for_all() {
    let through = |variables: &[(&str, &str)], url: &str| format!("{:?}", route(variables, url));
    let (plain, encrypted) = ("http://api.example.com/", "https://api.example.com/");
    for (variables, url, expected) in [
        (&[][..], encrypted, "Ok(System)"),
        (&[("HTTPS_PROXY", "")], encrypted, "Ok(System)"),
        (&[("HTTPS_PROXY", "a:1")], encrypted, "Ok(Through(a:1))"),
        (&[("HTTPS_PROXY", "a:1")], plain, "Ok(Direct)"),
        (
            &[("https_proxy", "https://a:1/")],
            encrypted,
            "Ok(Through(a:1))",
        ),
        (
            &[("HTTPS_PROXY", ""), ("https_proxy", "b:1")],
            encrypted,
            "Ok(Through(b:1))",
        ),
        (
            &[("http_proxy", "user:c4nary@a:1")],
            plain,
            "Ok(Through(a:1))",
        ),
        (
            &[("ALL_PROXY", "a:1"), ("HTTP_PROXY", "b:1")],
            plain,
            "Ok(Through(b:1))",
        ),
        (
            &[("ALL_PROXY", "a:1"), ("HTTP_PROXY", "b:1")],
            encrypted,
            "Ok(Through(a:1))",
        ),
        (
            &[("all_proxy", "[fd00::1]:1")],
            plain,
            "Ok(Through([fd00::1]:1))",
        ),
        (
            &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")],
            plain,
            "Ok(System)",
        ),
        (
            &[("ALL_PROXY", "a:1")],
            "https://127.0.0.1:8/",
            "Ok(Direct)",
        ),
        // What desktops set beside the two others.
        (
            &[("all_proxy", "socks://a:1/"), ("https_proxy", "b:1")],
            encrypted,
            "Ok(Through(b:1))",
        ),
    ] {
        assert_eq!(through(variables, url), expected, "{variables:?} and {url}");
    }
}

#[test]
fn what_is_no_proxy_is_an_error_that_names_the_variable_alone() {
    for (value, fault) in [
        ("c4nary proxy", ProxyFault::Unreadable),
        ("http://", ProxyFault::Unreadable),
        ("http://:3128", ProxyFault::Unreadable),
        ("http:///c4nary:3128", ProxyFault::Unreadable),
        ("http:\\\\c4nary:3128", ProxyFault::Unreadable),
        ("http://user:c4nary@proxy:port", ProxyFault::Unreadable),
        (
            "http://user:c4nary#@proxy.test:3128",
            ProxyFault::Unreadable,
        ),
        ("http://user:1/c4nary@proxy.test:3128", ProxyFault::More),
        ("http://user:1?c4nary@proxy.test:3128", ProxyFault::More),
        ("http://proxy.test:3128/c4nary.pac", ProxyFault::More),
        ("proxy.test:3128\n", ProxyFault::Unreadable),
        ("ftp://user:c4nary@proxy.test", ProxyFault::Scheme),
        ("socks5://user:c4nary@proxy.test", ProxyFault::Scheme),
    ] {
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let error = route(&[(variable, value)], "https://api.example.com/").unwrap_err();
            assert_eq!(
                (error.variable, error.fault),
                (variable, fault),
                "{value:?}"
            );
            let said = format!("{error} {error:?}");
            assert!(
                said.contains(variable) && !said.contains("c4nary"),
                "{said}"
            );
        }
    }
    for variable in ["HTTP_PROXY", "http_proxy"] {
        // Also where no request would use it.
        let error = route(&[(variable, "http://")], "https://127.0.0.1/").unwrap_err();
        assert_eq!(error.variable, variable);
    }
}

#[test]
fn a_password_may_have_any_letter() {
    let found = route(
        &[("ALL_PROXY", "http://user:p%23%40^ä@proxy.test:3128")],
        "https://h.test/",
    );
    let Ok(Route::Through(proxy)) = found else {
        panic!("{found:?}");
    };
    assert_eq!(proxy.exposed().host_str(), Some("proxy.test"));
    assert!(proxy.exposed().password().unwrap().starts_with("p%23%40"));
}
