// Starts the playground on this site's own endpoint; every file comes from this site.
"use strict";

const root = document.getElementById("playground");
const fetcher = GraphiQL.createFetcher({ url: "/graphql" });
const defaultQuery = root.dataset.query;

ReactDOM.createRoot(root).render(React.createElement(GraphiQL, { fetcher, defaultQuery }));
