#include <docker/engine_http.hpp>
#include <docker/engine_json.hpp>
#include <docker/http_engine.hpp>
#include <docker/target.hpp>
#include <net/http_client.hpp>
#include <runtime/deadline.hpp>

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace itsup::docker {

namespace {

using runtime::Task;
using std::chrono::seconds;

/// Engine 29 refuses less than 1.44; older engines say what they can.
constexpr int api_minor_known = 44;
/// A stop whose grace only the container knows: longer than any sane one.
constexpr seconds own_grace_max{600};

class HttpEngine final : public Engine {
  public:
    explicit HttpEngine(net::Endpoint endpoint, std::string shown)
        : http_(std::move(endpoint), std::move(shown)) {}

    Task<> ping() override {
        CO_TRY(const auto answer, co_await http_.plain("GET", "/_ping"));
        static_cast<void>(answer);
        co_return base::Result<>{};
    }

    Task<EngineVersion> version() override {
        CO_TRY(const auto body, co_await http_.plain("GET", "/version"));
        CO_TRY(auto version, parse_version(body));
        version.api_version = choose_api_version(version.api_version);
        http_.set_version(version.api_version);
        co_return version;
    }

    Task<std::vector<model::Container>> list_containers(ContainerQuery query) override {
        CO_TRY(const auto body, co_await call("GET", list_target(query)));
        co_return parse_container_list(body);
    }

    Task<ContainerDetails> inspect_container(std::string id) override {
        CO_TRY(const auto target, container_target(id, "/json"));
        CO_TRY(const auto body, co_await call("GET", target));
        co_return parse_container_details(body);
    }

    Task<> start_container(std::string id) override {
        CO_TRY(const auto target, container_target(id, "/start"));
        co_return co_await act("POST", target);
    }

    Task<> stop_container(std::string id, std::optional<seconds> grace) override {
        CO_TRY(auto target, container_target(id, "/stop"));
        co_return co_await act("POST", with_grace(std::move(target), grace), limit_of(grace));
    }

    Task<> restart_container(std::string id, std::optional<seconds> grace) override {
        CO_TRY(auto target, container_target(id, "/restart"));
        co_return co_await act("POST", with_grace(std::move(target), grace), limit_of(grace));
    }

    Task<> kill_container(std::string id, std::string signal) override {
        CO_TRY_VOID(check_signal(signal));
        CO_TRY(auto target, container_target(id, "/kill"));
        co_return co_await act("POST", Target(std::move(target)).query("signal", signal).str());
    }

    Task<> remove_container(std::string id, Force force, RemoveVolumes volumes) override {
        CO_TRY(auto path, container_target(id, ""));
        Target target(std::move(path));
        target.query("force", force == Force::yes ? "1" : "0");
        target.query("v", volumes == RemoveVolumes::yes ? "1" : "0");
        co_return co_await act("DELETE", target.str());
    }

    Task<ImageDetails> inspect_image(std::string reference) override {
        CO_TRY_VOID(check_image_reference(reference));
        const auto target = Target("/images/").part(reference).path("/json").str();
        CO_TRY(const auto body, co_await call("GET", target));
        co_return parse_image(body);
    }

    Task<NetworkDetails> inspect_network(std::string name) override {
        CO_TRY_VOID(check_object_name(name));
        CO_TRY(const auto body, co_await call("GET", Target("/networks/").part(name).str()));
        co_return parse_network(body);
    }

    Task<std::string> create_network(NetworkSpec spec) override {
        CO_TRY_VOID(check_object_name(spec.name));
        CO_TRY_VOID(co_await agree());
        CO_TRY(const auto body,
               co_await http_.versioned("POST", "/networks/create", write_network(spec)));
        co_return parse_id(body);
    }

    Task<> remove_network(std::string name) override {
        CO_TRY_VOID(check_object_name(name));
        co_return co_await act("DELETE", Target("/networks/").part(name).str());
    }

    Task<std::unique_ptr<ByteStream>> open_logs(LogQuery query) override {
        CO_TRY_VOID(check_object_name(query.container));
        CO_TRY_VOID(co_await agree());
        CO_TRY(auto stream, co_await http_.open(logs_target(query)));
        co_return to_byte_stream(std::move(stream), http_.shown());
    }

    Task<std::unique_ptr<Stream<EngineEvent>>> open_events(
        std::optional<base::Timestamp> since) override {
        CO_TRY_VOID(co_await agree());
        CO_TRY(auto stream, co_await http_.open(events_target(since)));
        co_return to_event_stream(std::move(stream), http_.shown());
    }

    Task<std::unique_ptr<Stream<StatsSample>>> open_stats(std::string id) override {
        CO_TRY(auto target, container_target(id, "/stats"));
        CO_TRY_VOID(co_await agree());
        CO_TRY(auto stream,
               co_await http_.open(Target(std::move(target)).query("stream", "1").str()));
        co_return to_stats_stream(std::move(stream), http_.shown());
    }

  private:
    static base::Result<std::string> container_target(std::string_view id, std::string_view rest) {
        TRY_VOID(check_object_name(id));
        return Target("/containers/").part(id).path(rest).str();
    }

    static std::string with_grace(std::string target, std::optional<seconds> grace) {
        if (grace) {
            target = Target(std::move(target)).query("t", std::to_string(grace->count())).str();
        }
        return target;
    }

    static std::chrono::steady_clock::duration limit_of(std::optional<seconds> grace) {
        return grace.value_or(own_grace_max) + seconds(30);
    }

    /// Asks the engine for its version once; EngineHttp forgets it when the engine goes away.
    Task<> agree() {
        if (http_.has_version()) {
            co_return base::Result<>{};
        }
        CO_TRY(const auto found, co_await version());
        static_cast<void>(found);
        co_return base::Result<>{};
    }

    Task<std::string> call(std::string method, std::string target) {
        CO_TRY_VOID(co_await agree());
        co_return co_await http_.versioned(std::move(method), std::move(target), {});
    }

    Task<> act(std::string method, std::string target,
               std::chrono::steady_clock::duration limit = EngineHttp::call_limit) {
        CO_TRY_VOID(co_await agree());
        CO_TRY(const auto body,
               co_await http_.versioned(std::move(method), std::move(target), {}, limit));
        static_cast<void>(body);
        co_return base::Result<>{};
    }

    EngineHttp http_;
};

}  // namespace

std::string choose_api_version(std::string_view engine_version) {
    int minor = 0;
    if (!engine_version.starts_with("1.")) {
        return fmt::format("1.{}", api_minor_known);
    }
    const auto digits = engine_version.substr(2);
    std::from_chars(digits.data(), digits.data() + digits.size(), minor);
    return fmt::format("1.{}", std::min(minor, api_minor_known));
}

base::Result<std::unique_ptr<Engine>> make_engine(std::string_view host) {
    constexpr std::string_view unix_scheme = "unix://";
    constexpr std::string_view tcp_scheme = "tcp://";
    if (host.starts_with(unix_scheme) && host.size() > unix_scheme.size()) {
        return std::make_unique<HttpEngine>(
            net::Endpoint::unix_socket(std::string(host.substr(unix_scheme.size()))),
            std::string(host));
    }
    const auto colon = host.rfind(':');
    std::uint16_t port = 0;
    if (host.starts_with(tcp_scheme) && colon > tcp_scheme.size()) {
        const auto digits = host.substr(colon + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
    }
    if (port == 0) {
        return base::make_error(
            base::ErrorKind::invalid,
            fmt::format("the Docker host '{}' is neither unix:///PATH nor tcp://HOST:PORT", host));
    }
    const auto name = host.substr(tcp_scheme.size(), colon - tcp_scheme.size());
    return std::make_unique<HttpEngine>(net::Endpoint::tcp(std::string(name), port),
                                        std::string(host));
}

}  // namespace itsup::docker
