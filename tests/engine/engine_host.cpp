#include <runtime/deadline.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <engine_host.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace itsup::test {

namespace {

constexpr std::string_view image = "itsup-engine-test:1";
constexpr std::size_t tar_block = 512;

/// One entry of a tar archive (ustar): a file that may be executed.
std::string tar_entry(const std::string& name, const std::string& content) {
    std::string header(tar_block, '\0');
    const auto put = [&header](std::size_t at, std::string_view text) {
        std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(0, name);
    put(100, "0000755");
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", content.size()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar");
    put(263, "00");
    unsigned sum = 0;
    for (const char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    put(148, fmt::format("{:06o}", sum));
    header[154] = '\0';
    const auto padding = (tar_block - content.size() % tar_block) % tar_block;
    return header + content + std::string(padding, '\0');
}

std::string read_busybox() {
    std::ifstream in("/bin/busybox", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

runtime::Task<> poll(std::function<bool()> predicate) {
    while (!predicate()) {
        CO_TRY_VOID(co_await runtime::sleep_for(std::chrono::milliseconds(1)));
    }
    co_return base::Result<>{};
}

}  // namespace

EngineHost::EngineHost(runtime::TestLoop& loop) : loop_(loop) {
    const char* host = std::getenv("ITSUP_TEST_DOCKER_HOST");
    constexpr std::string_view scheme = "unix://";
    if (host == nullptr || !std::string_view(host).starts_with(scheme)) {
        throw std::runtime_error("set ITSUP_TEST_DOCKER_HOST to unix:///… of an engine for tests");
    }
    engine_ = docker::make_engine(host).value();
    client_ = std::make_unique<net::HttpClient>(
        net::Endpoint::unix_socket(std::string(host).substr(scheme.size())));
    const auto version = loop_.run(engine_->version());
    if (version.has_error()) {
        throw std::runtime_error(version.error().message);
    }
    remove_all();
    import_image();
}

EngineHost::~EngineHost() {
    remove_all();
}

/// What a run that was killed has left, too.
void EngineHost::remove_all() {
    docker::ContainerQuery ours;
    ours.project = "itsup-engine-test";
    const auto found = loop_.run(engine_->list_containers(ours));
    for (const auto& container : found.has_value() ? *found : std::vector<model::Container>()) {
        static_cast<void>(loop_.run(engine_->remove_container(container.id, docker::Force::yes,
                                                              docker::RemoveVolumes::yes)));
    }
}

std::string EngineHost::call(std::string method, std::string target, std::string body,
                             std::string_view type) {
    net::ClientRequest request;
    request.method = std::move(method);
    request.target = "/v1.41" + std::move(target);
    request.headers.add("Content-Type", type);
    request.body = std::move(body);
    const auto answer = loop_.run(client_->request(std::move(request))).value();
    if (answer.status / 100 != 2) {
        throw std::runtime_error(answer.body);
    }
    return answer.body;
}

void EngineHost::import_image() {
    if (loop_.run(engine_->inspect_image(std::string(image))).has_value()) {
        return;
    }
    const auto busybox = read_busybox();
    if (busybox.empty()) {
        throw std::runtime_error("install busybox-static");
    }
    // Two records of zeros end an archive.
    call("POST", "/images/create?fromSrc=-&repo=itsup-engine-test&tag=1",
         tar_entry("busybox", busybox) + std::string(2 * tar_block, '\0'), "application/x-tar");
}

std::string EngineHost::create(const Spec& spec) {
    namespace json = boost::json;
    json::array command{"/busybox", "sh", "-c"};
    command.emplace_back(spec.script);
    json::object labels{{"com.docker.compose.project", "itsup-engine-test"},
                        {"com.docker.compose.service", spec.service},
                        {"com.docker.compose.container-number", "1"},
                        {"com.docker.compose.oneoff", "False"}};
    json::object wanted{
        {"Image", std::string(image)}, {"Tty", spec.tty}, {"Labels", std::move(labels)}};
    wanted["Cmd"] = std::move(command);
    wanted["Env"] = json::array{"PATH=/"};
    if (!spec.health.empty()) {
        json::array test{"CMD", "/busybox", "sh", "-c"};
        test.emplace_back(spec.health);
        json::object check{{"Interval", 200'000'000}, {"Retries", 1}};
        check["Test"] = std::move(test);
        wanted["Healthcheck"] = std::move(check);
    }
    const auto body =
        call("POST", "/containers/create", json::serialize(wanted), "application/json");
    return std::string(json::parse(body).at("Id").as_string());
}

std::string EngineHost::run(const Spec& spec) {
    auto id = create(spec);
    start(id);
    return id;
}

void EngineHost::start(const std::string& id) {
    ASSERT_TRUE(loop_.run(engine_->start_container(id)).has_value());
}

void EngineHost::kill(const std::string& id) {
    ASSERT_TRUE(loop_.run(engine_->kill_container(id, "KILL")).has_value());
}

void EngineHost::remove(const std::string& id) {
    ASSERT_TRUE(
        loop_.run(engine_->remove_container(id, docker::Force::yes, docker::RemoveVolumes::no))
            .has_value());
}

void EngineHost::wait(std::function<bool()> predicate) {
    const auto done =
        loop_.run(runtime::with_deadline(std::chrono::seconds(10), poll(std::move(predicate))));
    ASSERT_TRUE(done.has_value()) << done.error().message;
}

}  // namespace itsup::test
