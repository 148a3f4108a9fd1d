#include <compose/runner.hpp>
#include <gitops/git.hpp>
#include <services/dotenv.hpp>
#include <services/secret_store.hpp>

#include <bin/settings.hpp>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <limits>
#include <utility>

namespace itsup::bin {

namespace {

constexpr std::uint16_t traefik_api_port = 8082;

base::Error bad_variable(std::string_view name, std::string_view value, std::string_view wanted) {
    return base::make_invalid(std::string(name), fmt::format("\"{}\" is not {}", value, wanted));
}

/// A variable of the process, else of R/.env.
class Variables {
  public:
    Variables(const Environment& process, Environment dotenv)
        : process_(process), dotenv_(std::move(dotenv)) {}

    [[nodiscard]] std::optional<std::string> find(const std::string& name) const {
        for (const auto* source : {&process_, &dotenv_}) {
            const auto found = source->find(name);
            if (found != source->end() && !found->second.empty()) {
                return found->second;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::vector<std::string> list(const std::string& name) const {
        std::vector<std::string> out;
        std::string word;
        for (const char c : find(name).value_or("") + ",") {
            if (c != ',' && c != ' ') {
                word += c;
            } else if (!word.empty()) {
                out.push_back(std::exchange(word, {}));
            }
        }
        return out;
    }
    base::Result<double> number(const std::string& name, double fallback) const {
        const auto text = find(name);
        if (!text) {
            return fallback;
        }
        double value = 0;
        const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (code != std::errc{} || end != text->data() + text->size() || !(value >= 0) ||
            value > 1e9) {
            return bad_variable(name, *text, "a number from 0 to 1e9");
        }
        return value;
    }

  private:
    const Environment& process_;
    Environment dotenv_;
};

base::Result<Environment> read_dotenv(const services::InstallRoot& root,
                                      const Environment& process) {
    auto dotenv = services::read_dotenv(root.path, process);
    if (dotenv) {
        return std::move(dotenv->values);
    }
    auto error = std::move(dotenv).error().with_context(root.path);
    error.message +=
        ". It may say which host this is (SSH_HOST), so nothing is done without it: make it a "
        "plain file that can be read, or remove it";
    return error;
}

/// In any case, and by Python's names, too: the original took those.
std::optional<base::LogLevel> parse_log_level(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::array levels{
        std::pair{"trace", base::LogLevel::debug},     std::pair{"debug", base::LogLevel::debug},
        std::pair{"info", base::LogLevel::info},       std::pair{"warn", base::LogLevel::warning},
        std::pair{"warning", base::LogLevel::warning}, std::pair{"error", base::LogLevel::error},
        std::pair{"critical", base::LogLevel::error},  std::pair{"fatal", base::LogLevel::error}};
    for (const auto& [name, level] : levels) {
        if (text == name) {
            return level;
        }
    }
    return std::nullopt;
}

base::Result<base::LogLevel> log_level(const Variables& variables) {
    const auto own = variables.find("ITSUP_LOG_LEVEL");
    if (!own) {
        // LOG_LEVEL may be another program's, with words that we do not know.
        return parse_log_level(variables.find("LOG_LEVEL").value_or(""))
            .value_or(base::LogLevel::info);
    }
    const auto level = parse_log_level(*own);
    return level ? base::Result<base::LogLevel>(*level)
                 : bad_variable("ITSUP_LOG_LEVEL", *own, "debug, info, warning or error");
}

base::Result<runtime::LogSettings> log_settings(const services::InstallRoot& root,
                                                const ServeOptions& options,
                                                const Variables& variables) {
    runtime::LogSettings out{.file = root.logs() + "/api.log"};
    out.stdout_format =
        ::isatty(STDOUT_FILENO) == 1 ? runtime::LogFormat::text : runtime::LogFormat::json;
    const auto format =
        options.log_format ? options.log_format : variables.find("ITSUP_LOG_FORMAT");
    if (format == "text") {
        out.stdout_format = runtime::LogFormat::text;
    } else if (format == "json") {
        out.stdout_format = runtime::LogFormat::json;
    } else if (format) {
        return bad_variable("ITSUP_LOG_FORMAT", *format, "text or json");
    }
    TRY(const auto level, log_level(variables));
    out.level = options.log_level.value_or(level);
    return out;
}

std::vector<std::string> entries_of(const Environment& environment) {
    std::vector<std::string> out;
    for (const auto& [name, value] : environment) {
        out.push_back(fmt::format("{}={}", name, value));
    }
    return out;
}

/// What names the root and how: `--root`, else ITSUP_ROOT; the name is empty when neither does.
std::pair<std::string_view, std::string> named_root(const std::optional<std::string>& option,
                                                    const Environment& environment) {
    if (option && !option->empty()) {
        return {"--root", *option};
    }
    const auto variable = environment.find("ITSUP_ROOT");
    return {"ITSUP_ROOT", variable == environment.end() ? "" : variable->second};
}

/// Of whom we run as. A service has no HOME, and that is where sops keeps its keys and git its
/// configuration.
std::optional<std::string> home_of_this_user() {
    constexpr std::size_t entry_bytes_max = std::size_t{16} * 1024;
    std::vector<char> buffer(entry_bytes_max);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return std::string(entry.pw_dir);
}

}  // namespace

Environment current_environment() {
    Environment out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) {
            out.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    if (auto home = out.contains("HOME") ? std::nullopt : home_of_this_user()) {
        out.emplace("HOME", *std::move(home));
    }
    return out;
}

base::Result<services::InstallRoot> ensure_root(const std::optional<std::string>& option,
                                                const Environment& environment) {
    const auto [source, named] = named_root(option, environment);
    if (!named.empty()) {
        std::error_code code;
        std::filesystem::create_directories(named, code);
        if (code) {
            return base::make_error(
                base::ErrorKind::unavailable,
                fmt::format("cannot make the folder \"{}\": {}", named, code.message()));
        }
    }
    return find_root(option, environment);
}

base::Result<services::InstallRoot> find_root(const std::optional<std::string>& option,
                                              const Environment& environment) {
    namespace fs = std::filesystem;
    auto [source, chosen] = named_root(option, environment);
    std::error_code code;
    if (chosen.empty()) {
        // build/release/itsup in a checkout: its root is the checkout.
        auto folder = fs::read_symlink("/proc/self/exe", code).parent_path();
        for (; !folder.empty() && folder != folder.root_path(); folder = folder.parent_path()) {
            if (fs::is_directory(folder / "projects", code) ||
                fs::is_directory(folder / "samples" / "projects", code)) {
                chosen = folder.string();
                break;
            }
        }
    }
    if (chosen.empty()) {
        // Never the current folder: `apply` in a home would deploy an empty dns stack from there.
        return base::make_error(base::ErrorKind::not_found,
                                "which installation? say --root FOLDER, or set ITSUP_ROOT");
    }
    const auto absolute = fs::canonical(chosen, code);
    if (code || !fs::is_directory(absolute, code)) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("{} says \"{}\", which is no folder", source, chosen));
    }
    return services::InstallRoot{absolute.string()};
}

base::Result<net::Endpoint> parse_listen(std::string_view text) {
    std::string host = "127.0.0.1";
    std::string_view port = text;
    const auto colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        port = text.substr(colon + 1);
        auto name = text.substr(0, colon);
        if (name.starts_with('[') && name.ends_with(']')) {
            name = name.substr(1, name.size() - 2);
        }
        host = name.empty() ? "0.0.0.0" : std::string(name);
    }
    unsigned number = 0;
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (code != std::errc{} || end != port.data() + port.size() ||
        number > std::numeric_limits<std::uint16_t>::max()) {
        return bad_variable("listen", text, "an address and port such as 127.0.0.1:8080");
    }
    return net::Endpoint::tcp(std::move(host), static_cast<std::uint16_t>(number));
}

bool is_loopback(const net::Endpoint& endpoint) {
    return !endpoint.unix_path.empty() || endpoint.host == "localhost" || endpoint.host == "::1" ||
           endpoint.host.starts_with("127.");
}

deploy::TraefikSettings traefik_settings(const Settings& settings, base::Secret token) {
    return {.address = settings.traefik_api.host,
            .port = settings.traefik_api.port,
            .token = std::move(token),
            .dynamic_directory = settings.root.traefik_dynamic(),
            .drain = settings.drain};
}

base::Result<Settings> read_settings(services::InstallRoot root, const ServeOptions& options,
                                     const Environment& environment) {
    TRY(auto dotenv, read_dotenv(root, environment));
    Settings out;
    out.environment = environment;
    if (const auto host = dotenv.find("SSH_HOST"); host != dotenv.end()) {
        out.ssh_host = host->second;
    }
    const Variables variables(environment, std::move(dotenv));
    TRY(out.log, log_settings(root, options, variables));
    out.root = std::move(root);
    out.allow_remote = options.allow_remote || variables.find("ITSUP_ALLOW_REMOTE") == "1";
    const auto listen = options.listen ? options.listen : variables.find("ITSUP_LISTEN");
    if (listen) {
        TRY(out.listen, parse_listen(*listen));
    }
    TRY(out.rate_limit.per_second, variables.number("ITSUP_RATE_LIMIT", out.rate_limit.per_second));
    out.rate_limit.burst = out.rate_limit.per_second * 3;
    out.allowed_hosts = variables.list("ITSUP_ALLOWED_HOSTS");
    out.trusted_proxies = variables.list("ITSUP_TRUSTED_PROXIES");
    out.query_key = variables.find("ITSUP_QUERY_KEY") != "0";
    out.docker_host = variables.find("DOCKER_HOST").value_or(out.docker_host);
    out.traefik_api = net::Endpoint::tcp("127.0.0.1", traefik_api_port);
    if (const auto traefik = variables.find("ITSUP_TRAEFIK_API")) {
        TRY(out.traefik_api, parse_listen(*traefik));
    }
    TRY(const double drain_s, variables.number("ITSUP_DRAIN_SECONDS", 10));
    out.drain = std::chrono::milliseconds(static_cast<std::int64_t>(drain_s * 1000));
    const auto entries = entries_of(environment);
    out.compose_environment = compose::clean_environment(entries);
    out.compose_environment["DOCKER_HOST"] = out.docker_host;
    out.sops_environment = services::sops_environment(entries);
    out.git_environment = gitops::clean_environment(entries);
    TRY(const double minutes, variables.number("ITSUP_RECONCILE_MINUTES", 0));
    out.reconcile_every = std::chrono::seconds(static_cast<std::int64_t>(minutes * 60));
    return out;
}

}  // namespace itsup::bin
