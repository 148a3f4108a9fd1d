#pragma once

#include <docker/http_engine.hpp>
#include <net/http_client.hpp>
#include <runtime/test_loop.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::test {

/// The engine of ITSUP_TEST_DOCKER_HOST, with what a test needs beyond docker::Engine: an image
/// made on the spot and containers of it in the
/// compose project `itsup-engine-test`, which go when this dies.
class EngineHost {
  public:
    explicit EngineHost(runtime::TestLoop& loop);
    ~EngineHost();
    EngineHost(const EngineHost&) = delete;
    EngineHost& operator=(const EngineHost&) = delete;

    [[nodiscard]] docker::Engine& engine() { return *engine_; }

    struct Spec {
        std::string service = "web";
        /// For busybox's shell.
        std::string script = "/busybox sleep 1000";
        /// For the same shell; none when empty.
        std::string health = {};
        bool tty = false;
    };
    /// Creates, does not start; gives the id.
    std::string create(const Spec& spec);
    std::string run(const Spec& spec);
    void start(const std::string& id);
    void kill(const std::string& id);
    void remove(const std::string& id);

    /// Runs the loop until `predicate` holds; fails the test after ten seconds.
    void wait(std::function<bool()> predicate);

  private:
    std::string call(std::string method, std::string target, std::string body,
                     std::string_view type);
    void remove_all();
    void import_image();

    runtime::TestLoop& loop_;
    std::unique_ptr<docker::Engine> engine_;
    std::unique_ptr<net::HttpClient> client_;
};

}  // namespace itsup::test
