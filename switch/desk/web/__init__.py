"""The desk's pages and its API: what reps and CRM developers see.

=============  ==================================================================
``app``        all of it as one ASGI application, and the server that runs it
``hub``        the board of what goes on, and the pages that are told of it
``desk``       what every route needs, in one place
``signing``    who it is that asks: sign-in, cookies, what proxies say
``actions``    what is done for somebody: transfers, resumes, notes
``pages``      pages, ``windows`` what htmx puts into them, ``stream`` what is pushed
``listing``    lists of conversations, ``searches`` what for, ``export`` as CSV
``api``        the API, ``bodies`` what it takes and answers; ``problems`` how it says no
               (RFC 9457), ``limits`` how often
``looks``      Jinja and what the templates may use
=============  ==================================================================

Every text that comes from outside is escaped by Jinja, and a page runs no script but our own
files (Content-Security-Policy): a caller's display name is data wherever it stands.
"""
