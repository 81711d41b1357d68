//! Held grants at rest. Their rows come with the keeper.
