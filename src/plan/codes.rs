//! Names that stand in every format, each with what it says.

/// An enum of such names.
macro_rules! codes {
    (
        $(#[$doc:meta])+ $name:ident, $(#[$all:meta])+ ALL, $(#[$as_str:meta])+ as_str, $(#[$title_doc:meta])+ title;
        $($code:ident = $text:literal, $title:literal;)+
    ) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $title] $code,)+
        }

        impl $name {
            $(#[$all])+
            pub const ALL: &[Self] = &[$(Self::$code),+];

            $(#[$as_str])+
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text),+ }
            }

            $(#[$title_doc])+
            pub fn title(self) -> &'static str {
                match self { $(Self::$code => $title),+ }
            }
        }
    };
}

pub(super) use codes;
