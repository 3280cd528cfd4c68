"""Where it is found: the store, the two indexes over it, and the retriever."""
