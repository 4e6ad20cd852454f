"""The pages: each is a named GraphQL document and a template; nothing here touches a domain or the database."""
