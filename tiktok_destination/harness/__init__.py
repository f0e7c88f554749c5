"""The harness: a simulated host platform in the browser, on loopback, for development only.

It loads destinations through `plugin_spec` alone and hard-codes nothing of any of them: what a plugin does not declare does
not show. `app` puts it together, `security` guards every request, `workspace` is the folder with the configurations and its
data folder, `pages` has one blueprint to a page.
"""
