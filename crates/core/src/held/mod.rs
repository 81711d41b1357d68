//! The law of held grants: connection, attempt, diagnosis. Its rules come with the keeper.
