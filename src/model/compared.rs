//! What is compared by one thing that it says, and shown as a text that knows what of it is sensitive.

/// Compares, orders and hashes a type by what an expression gives of it.
macro_rules! compared_by {
    ($name:ident, $one:ident => $compared:expr) => {
        impl $name {
            fn by(&self) -> &str {
                let $one = self;
                $compared
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.by() == other.by()
            }
        }

        impl Eq for $name {}

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.by().cmp(other.by())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.by().hash(state);
            }
        }
    };
}

/// Shows a type as one of its fields, which is a `MaskedText`: what is sensitive in it is masked.
macro_rules! shown_as {
    ($name:ident, $field:ident) => {
        impl From<$name> for MaskedText {
            fn from(shown: $name) -> Self {
                shown.$field
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.$field.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.$field.fmt(f)
            }
        }
    };
}

pub(super) use {compared_by, shown_as};
