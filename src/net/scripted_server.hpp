#pragma once

#include <net/buffered_socket.hpp>
#include <runtime/task_group.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace itsup::net {

/// For tests: a unix socket whose connections play a script: wait for a request's head, then send
/// these pieces, each as a write of its own.
class ScriptedServer {
  public:
    struct Turn {
        std::vector<std::string> pieces;
        bool then_close = false;
    };

    ScriptedServer(runtime::Executor executor, std::string name)
        : path_((std::filesystem::temp_directory_path() /
                 ("itsup-net-" + std::to_string(::getpid()) + "-" + std::move(name)))
                    .string()),
          acceptor_(executor),
          tasks_(executor, log_) {
        ::unlink(path_.c_str());
        const asio::local::stream_protocol::endpoint endpoint(path_);
        acceptor_.open(endpoint.protocol());
        acceptor_.bind(endpoint);
        acceptor_.listen();
        tasks_.spawn("accept", accept_all(*this));
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() { ::unlink(path_.c_str()); }

    [[nodiscard]] const std::string& path() const { return path_; }
    runtime::Task<> close() { return tasks_.close(); }

    /// One script for each connection, in their order; the last one serves all that follow.
    std::deque<std::vector<Turn>> scripts;
    std::vector<std::string> seen;
    int connections = 0;
    int closed_by_client = 0;

  private:
    using Acceptor = asio::basic_socket_acceptor<asio::local::stream_protocol, runtime::Executor>;

    static runtime::Task<> accept_all(ScriptedServer& self) {
        while (true) {
            Socket socket(self.tasks_.executor());
            auto [error] = co_await self.acceptor_.async_accept(socket, runtime::use_tuple);
            if (error) {
                co_return runtime::to_error(error, "accept");
            }
            ++self.connections;
            auto script = self.scripts.front();
            if (self.scripts.size() > 1) {
                self.scripts.pop_front();
            }
            self.tasks_.spawn("play", play(self, std::move(socket), std::move(script)));
        }
    }

    static runtime::Task<> play(ScriptedServer& self, Socket raw, std::vector<Turn> script) {
        BufferedSocket socket(std::move(raw));
        for (auto& turn : script) {
            while (socket.unread().find("\r\n\r\n") == std::string_view::npos) {
                CO_TRY(const auto got, co_await socket.fill());
                if (got == 0) {
                    ++self.closed_by_client;
                    co_return base::Result<>{};
                }
            }
            self.seen.emplace_back(socket.unread());
            socket.consume(socket.unread().size());
            for (const auto& piece : turn.pieces) {
                co_await asio::async_write(socket.socket(), asio::buffer(piece),
                                           runtime::use_tuple);
                CO_TRY_VOID(co_await runtime::yield_now());
                CO_TRY_VOID(co_await runtime::yield_now());
            }
            if (turn.then_close) {
                co_return base::Result<>{};
            }
        }
        CO_TRY(const auto got, co_await socket.fill());
        self.closed_by_client += got == 0 ? 1 : 0;
        co_return base::Result<>{};
    }

    std::string path_;
    Acceptor acceptor_;
    base::NullLogger log_;
    runtime::TaskGroup tasks_;
};

}  // namespace itsup::net
