#include <config/file_keys.hpp>

#include <algorithm>
#include <array>

namespace itsup::config {

namespace {

constexpr std::array<std::string_view, 2> transports{"tcp", "udp"};
constexpr std::array<std::string_view, 3> routers{"http", "tcp", "udp"};
constexpr std::array<std::string_view, 3> schemes{"http", "https", "h2c"};

constexpr std::array tls_keys{
    FileKey{.name = "main", .meaning = "The certificate's first name; stands for `domain`."},
    FileKey{.name = "sans",
            .kind = ValueKind::texts,
            .meaning = "Further names of the certificate. The router answers to them, too.",
            .fallback = "[]",
            .takes_null = false},
};
constexpr FileSection tls_section{.keys = tls_keys};

constexpr std::array healthcheck_keys{
    FileKey{.name = "path",
            .meaning = "What Traefik asks for. An answer of 2xx or 3xx is healthy.",
            .fallback = R"("/health")"},
    FileKey{.name = "interval", .meaning = "Time between two checks.", .fallback = R"("30s")"},
    FileKey{.name = "timeout", .meaning = "Time that a check may take.", .fallback = R"("5s")"},
};
constexpr FileSection healthcheck_section{.keys = healthcheck_keys};

constexpr std::array ingress_keys{
    FileKey{.name = "service",
            .meaning = "The Compose service that requests go to. Left out in a host-only project."},
    FileKey{.name = "domain",
            .meaning =
                "The host name that is routed. `tls.main` and `tls.sans` replace it, but not "
                "with `router: tcp`. There `*` is every name, with `passthrough: true` "
                "(Traefik gets no certificate for it), and no `domain`, without `tls` and "
                "`passthrough`, is plain TCP."},
    FileKey{.name = "port",
            .kind = ValueKind::port,
            .meaning = "Where the service listens inside its container (or on `host`).",
            .fallback = "8080",
            .takes_null = false},
    FileKey{.name = "router",
            .kind = ValueKind::word,
            .meaning = "The kind of router.",
            .fallback = R"("http")",
            .takes_null = false,
            .words = routers},
    FileKey{
        .name = "path_prefix",
        .meaning =
            "Only paths that begin so are routed. Only for `router: http`. A `$` is itself. In a "
            "project with containers Compose fills in `${NAME}` and makes one `$` of `$$`, here "
            "and in the row's names, but not in a row with `ipv4_address` that has a `hostport` "
            "of its own (not 8080 or 8443) or is no `http` row: Traefik reads that as it is "
            "written."},
    FileKey{.name = "path_remove",
            .kind = ValueKind::boolean,
            .meaning = "Has no effect; use a stripPrefix middleware.",
            .fallback = "false",
            .takes_null = false},
    FileKey{.name = "tls",
            .kind = ValueKind::section,
            .meaning = "The names of the certificate.",
            .section = &tls_section},
    FileKey{.name = "hostport",
            .kind = ValueKind::port,
            .meaning = "Opens an entrypoint of its own on this port of the host."},
    FileKey{.name = "passthrough",
            .kind = ValueKind::boolean,
            .meaning = "Passes the TLS connection on unopened. On port 80 only for the ACME "
                       "challenge (`path_prefix: /.well-known/acme-challenge/`).",
            .fallback = "false",
            .takes_null = false},
    FileKey{.name = "protocol",
            .kind = ValueKind::word,
            .meaning = "The older way to name the transport; `router` decides.",
            .fallback = R"("tcp")",
            .takes_null = false,
            .words = transports},
    FileKey{.name = "proxyprotocol",
            .kind = ValueKind::proxy_protocol,
            .meaning = "Version of the PROXY protocol towards a TCP backend; null switches it off.",
            .fallback = "2"},
    FileKey{.name = "scheme",
            .kind = ValueKind::word,
            .meaning = "How the service speaks HTTP.",
            .fallback = R"("http")",
            .takes_null = false,
            .words = schemes},
    FileKey{.name = "ipv4_address",
            .meaning = "A fixed address of the service in `proxynet` (172.20.0.0/16). A service "
                       "that has one cannot run twice and is recreated at a deploy."},
    FileKey{.name = "dns",
            .kind = ValueKind::texts,
            .meaning = "The service's resolvers instead of those that itsUP sets.",
            .fallback = "[]"},
    FileKey{.name = "allow_source_ips",
            .kind = ValueKind::texts,
            .meaning = "Addresses and networks that may connect; everybody else is refused. Not "
                       "for `router: udp`."},
    FileKey{.name = "healthcheck",
            .kind = ValueKind::section,
            .meaning = "Traefik's own check of the service: a server that fails it gets no "
                       "requests.",
            .section = &healthcheck_section},
    FileKey{.name = "middlewares",
            .kind = ValueKind::texts,
            .meaning = "More Traefik middlewares (`NAME@file`), in this order before the service.",
            .fallback = "[]"},
};
constexpr FileSection ingress_section{.keys = ingress_keys};

constexpr std::array project_keys{
    FileKey{.name = "enabled",
            .kind = ValueKind::boolean,
            .meaning = "A disabled project is taken down at its next deploy.",
            .fallback = "true",
            .takes_null = false},
    FileKey{.name = "host",
            .meaning = "Name or address of a machine that is routed to, in a project without "
                       "containers."},
    FileKey{.name = "ingress",
            .kind = ValueKind::rows,
            .meaning = "Ways from outside to the services, one row each.",
            .fallback = "[]",
            .takes_null = false,
            .section = &ingress_section},
    FileKey{.name = "egress",
            .kind = ValueKind::texts,
            .meaning = "Services of other projects that this one reaches, `project:service`. Each "
                       "gets a network of its own; the other project is deployed first.",
            .fallback = "[]",
            .takes_null = false},
};
constexpr FileSection project_top{.keys = project_keys};

constexpr std::array versions_keys{
    FileKey{
        .name = "traefik", .kind = ValueKind::source_text, .meaning = "Tag of Traefik's image."},
    FileKey{.name = "crowdsec",
            .kind = ValueKind::source_text,
            .meaning = "Tag of CrowdSec's image. Needed when CrowdSec is enabled."},
};
constexpr FileSection versions_section{.keys = versions_keys};

constexpr std::array crowdsec_keys{
    FileKey{.name = "enabled",
            .kind = ValueKind::boolean,
            .meaning = "Runs CrowdSec beside Traefik, with its plugin and middleware.",
            .fallback = "false",
            .takes_null = false},
    FileKey{.name = "collections",
            .kind = ValueKind::texts,
            .meaning = "Collections that CrowdSec installs.",
            .fallback = "[]"},
};
constexpr FileSection crowdsec_section{.keys = crowdsec_keys, .is_shared = true};

constexpr std::array alert_keys{
    FileKey{
        .name = "command",
        .meaning = "Kept for the alerting of older installations; this version does not run it."},
};
constexpr FileSection alert_section{.keys = alert_keys, .is_shared = true};

constexpr std::array settings_keys{
    FileKey{.name = "traefikDomain",
            .kind = ValueKind::source_text,
            .meaning = "Host name of Traefik's dashboard."},
    FileKey{.name = "routerIP",
            .kind = ValueKind::source_text,
            .meaning = "Address of the router in front of this host, whose `X-Forwarded-For` "
                       "counts. Found by itself when it is left out."},
    FileKey{.name = "versions",
            .kind = ValueKind::section,
            .meaning = "Image tags of what itsUP itself runs.",
            .section = &versions_section},
    FileKey{.name = "crowdsec",
            .kind = ValueKind::section,
            .meaning = "Intrusion prevention.",
            .section = &crowdsec_section},
    FileKey{.name = "alert",
            .kind = ValueKind::section,
            .meaning = "Alerting of older installations.",
            .section = &alert_section},
    FileKey{.name = schema_version_key,
            .kind = ValueKind::source_text,
            .meaning = "The release whose format the files follow; `itsup migrate` raises it.",
            .fallback = R"("1.0.0")"},
};
constexpr FileSection settings_top{.keys = settings_keys, .is_shared = true};

constexpr std::array backup_keys{
    FileKey{.name = "adapter", .meaning = "Name of the adapter that the host's backup uses."},
    FileKey{.name = "exclude",
            .kind = ValueKind::texts,
            .meaning = "Paths below `upstream/P/` that are left out of the backup.",
            .fallback = "[]"},
};
constexpr FileSection backup_top{.keys = backup_keys};

constexpr std::array files{
    ConfigFile{.name = "itsup-project",
               .path = "projects/P/itsup-project.yml",
               .meaning = "How a project is reached and what it reaches. `ingress.yml` is its "
                          "older name.",
               .top = &project_top,
               .example = R"(enabled: true
ingress:
  - service: web
    domain: shop.example.org
    port: 3000
    healthcheck:
      path: /healthz
egress:
  - database:postgres
)"},
    ConfigFile{.name = "itsup",
               .path = "projects/itsup.yml",
               .meaning = "What concerns the whole host. Other tools may keep keys in it.",
               .top = &settings_top,
               .example = R"(schemaVersion: 2.1.0
traefikDomain: traefik.example.org
versions:
  traefik: v3.6
crowdsec:
  enabled: false
)"},
    ConfigFile{.name = "backup",
               .path = "projects/P/backup.yml",
               .meaning = "For the host's own backup; itsUP checks it and makes no backups itself.",
               .top = &backup_top,
               .example = R"(exclude:
  - data/cache
)"},
};

}  // namespace

const FileKey* FileSection::find(std::string_view name) const {
    const auto found = std::ranges::find(keys, name, &FileKey::name);
    return found == keys.end() ? nullptr : &*found;
}

std::span<const ConfigFile> config_files() {
    return files;
}

const ConfigFile* find_config_file(std::string_view name) {
    const auto found = std::ranges::find(files, name, &ConfigFile::name);
    return found == files.end() ? nullptr : &*found;
}

const FileSection& project_section() {
    return project_top;
}

const FileSection& settings_section() {
    return settings_top;
}

const FileSection& backup_section() {
    return backup_top;
}

}  // namespace itsup::config
