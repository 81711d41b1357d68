//! Held grants in motion. The use cases come with the keeper.
