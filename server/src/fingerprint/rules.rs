//! Which rules hold in which version.
//!
//! A version is never taken back: items were made by it, and the digest looks for them by it. So a
//! rule that is new carries the version it came with, and what it replaced stays beside it.

/// A rule that came after the first version, with the complaint that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Where only the reported exception has a stack, the innermost one of its chain is the cause.
    /// Variants of an error of Rust that were reported at one place shared an item.
    CauseWithoutStack,
    /// What `raise … from None` hides is hidden also where the exception was only raised on.
    HiddenAnywhere,
    /// In Rust and Go the text of an error decides too, for its stack says where it was reported,
    /// not where it failed.
    ReportedElsewhere,
    /// Frames of a panic on its way to the SDK are passed over. They hid what panicked.
    PanicMachinery,
    /// The constructor of the exception is passed over. All exceptions of a class shared an item.
    OwnConstructor,
    /// A short name is a minifier's only in what a browser loaded, or where all names are short.
    ShortNames,
    /// Code that was evaluated lies in the file that evaluated it, under the name it was given.
    EvaluatedCode,
    /// Ids with capitals before them are ids: `AT16006`, `S-17`. Each depot's had an item.
    IdsWithLetters,
    /// What rollbar.js took for a class is a part of the text. Both SDKs' items differed by it.
    WholeText,
    /// A method that Ruby brings is no frame of the file that calls it.
    RubyMethods,
    /// A stack that overflowed is the circle of functions that call each other, wherever in it the
    /// stack ended. One endless recursion had an item for each of them.
    OverflowCircle,
    /// A class of the application's own with a sentence says what is wrong, so that its caller is
    /// needed only where the function is a helper by its name or file. One failing gateway had an
    /// item for each caller.
    TellingClass,
    /// Executors of the language do not stand between a function and its caller.
    ExecutorsPassOn,
    /// More lines than those with `*args` only pass on: tables of functions, functions that were
    /// handed over, reflection.
    MoreWrappers,
    /// More frames are known to be the language's or a package's.
    MoreOrigins,
    /// Files whose name only says what role they play go with their folder, but not with one that
    /// differs from machine to machine.
    RoleFiles,
    /// Names that compilers make are led back to the function in the source.
    CompiledNames,
    /// A class that is only called `Error` goes with its module, in Rust.
    QualifiedError,
    /// More classes are known to say nothing.
    MoreCatchAlls,
    /// More classes are known to be raised by engines.
    MoreEngines,
    /// What was thrown, and was no exception, is a message: the SDK made a class and a stack for it.
    ThrownData,
    /// Messages of two languages are two items.
    LanguageOfMessage,
    /// Where the first line only announces what follows, the next one is read too.
    Announcement,
    /// A function that only wraps one of a library takes its caller along also where the library
    /// is compiled and shows no frame. All queries through one `execute` shared an item.
    CompiledHelpers,
    /// Behind a table of functions or reflection is no caller, but what runs jobs.
    NoCallerBehindTables,
    /// What the engine says is missing is the name of a part of the program. Two attributes that
    /// were missing in one function shared an item.
    MissingMembers,
    /// What a logger filled in is data, also where only the values were sent and not the template;
    /// words in capitals are names only with `_` or after what they name. Each currency had an item.
    LoggedArguments,
    /// Validators that complain in other notations than JSON name their field too.
    MoreValidators,
    /// A number before a plural is an amount, and more words come before a status.
    Amounts,
}

/// The rules of one version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    version: u16,
}

impl Rules {
    /// The rules of `version`.
    pub(super) fn of(version: u16) -> Self {
        Self { version }
    }

    /// Whether `rule` holds.
    pub(super) fn has(self, rule: Rule) -> bool {
        self.version >= rule.since()
    }
}

impl Rule {
    /// The version that brought it. The match has no arm for all, so that a new rule has to say.
    fn since(self) -> u16 {
        match self {
            Self::CauseWithoutStack
            | Self::HiddenAnywhere
            | Self::ReportedElsewhere
            | Self::PanicMachinery
            | Self::OwnConstructor
            | Self::ShortNames
            | Self::EvaluatedCode
            | Self::IdsWithLetters
            | Self::WholeText
            | Self::RubyMethods
            | Self::OverflowCircle
            | Self::TellingClass
            | Self::ExecutorsPassOn
            | Self::MoreWrappers
            | Self::MoreOrigins
            | Self::RoleFiles
            | Self::CompiledNames
            | Self::QualifiedError
            | Self::MoreCatchAlls
            | Self::MoreEngines
            | Self::ThrownData
            | Self::LanguageOfMessage
            | Self::Announcement
            | Self::CompiledHelpers
            | Self::NoCallerBehindTables
            | Self::MissingMembers
            | Self::LoggedArguments
            | Self::MoreValidators
            | Self::Amounts => 2,
        }
    }
}
