//! The list of providers, one a line.
//!
//! A line stands for two folders: `src/provider/NAME`, how it is spoken to, and `src/simulator/NAME`, how it answers.
//! Nothing else in the program names a provider.

/// Gives the list to a macro that makes something of it.
macro_rules! providers {
    ($make:ident) => {
        $make! {
            truv
            transcrypts
            stripe
            svix
        }
    };
}
