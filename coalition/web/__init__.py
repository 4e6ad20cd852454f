"""The pages: each is a named GraphQL document and a template; nothing here touches the database."""
