#include <runtime/deadline.hpp>
#include <services/reachability.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <utility>

namespace itsup::services {

namespace asio = boost::asio;
using Socket = asio::basic_stream_socket<asio::ip::tcp, runtime::Executor>;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, runtime::Executor>;

std::optional<bool> Reachability::of(std::string_view project) const {
    const auto found = reachable_.find(project);
    return found == reachable_.end() ? std::nullopt : std::optional(found->second);
}

void Reachability::on_change(std::function<void(const std::string&)> listener) {
    listener_ = std::move(listener);
}

namespace {

runtime::Task<bool> connects(std::string host, int port) {
    const auto executor = co_await asio::this_coro::executor;
    Resolver resolver(executor);
    auto [error, found] =
        co_await resolver.async_resolve(host, std::to_string(port), runtime::use_tuple);
    if (error) {
        co_return false;
    }
    for (const auto& entry : found) {
        Socket socket(executor);
        auto [refused] = co_await socket.async_connect(entry.endpoint(), runtime::use_tuple);
        if (!refused) {
            co_return true;
        }
    }
    co_return false;
}

}  // namespace

runtime::Task<bool> Reachability::ask(std::string host, std::vector<int> ports) {
    for (const int port : ports) {
        auto answer = co_await runtime::with_deadline(answer_max, connects(host, port));
        if (answer.has_error()) {
            if (answer.error().kind == base::ErrorKind::cancelled) {
                co_return answer.error();
            }
            co_return false;
        }
        if (!*answer) {
            co_return false;
        }
    }
    co_return true;
}

runtime::Task<> Reachability::ask_all() {
    const auto view = catalog_.current();
    std::erase_if(reachable_,
                  [&](const auto& known) { return !view->projects.contains(known.first); });
    for (const auto& [name, entry] : view->projects) {
        if (entry.kind != ProjectKind::host || !entry.host || !entry.enabled) {
            continue;
        }
        CO_TRY(const bool answer, co_await ask(*entry.host, entry.host_ports));
        const auto known = reachable_.find(name);
        if (known != reachable_.end() && known->second == answer) {
            continue;
        }
        reachable_[name] = answer;
        ++revision_;
        if (listener_) {
            listener_(name);
        }
    }
    co_return base::Result<>{};
}

runtime::Task<> Reachability::watch() {
    while (true) {
        CO_TRY_VOID(co_await ask_all());
        CO_TRY_VOID(co_await runtime::sleep_for(ask_every));
    }
}

}  // namespace itsup::services
