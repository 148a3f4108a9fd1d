#pragma once
// Used by the server's own sources only.

#include <net/exchange.hpp>
#include <net/server_connection.hpp>

namespace itsup::net {

/// The answer to the request that a connection has just read.
class ServerExchange final : public Exchange, public StreamWriter {
  public:
    explicit ServerExchange(ServerConnection& connection) : connection_(connection) {}

    Request& request() override { return connection_.request(); }
    runtime::Task<> respond(Response response) override;
    runtime::Task<StreamWriter*> start_stream(int status, Headers headers) override;
    runtime::Task<std::unique_ptr<WebSocket>> accept_websocket(WebSocketOptions options) override;
    [[nodiscard]] Ending ending() const override;
    runtime::Task<Ending> wait_ending() override;
    void end(Ending why) override;
    [[nodiscard]] int status() const override { return status_; }
    [[nodiscard]] std::uint64_t bytes_sent() const override { return connection_.bytes_sent(); }

    runtime::Task<> write(std::string_view bytes) override;
    runtime::Task<> finish() override;

    /// Whether the handler gave a whole answer and no error: nothing is left for complete().
    [[nodiscard]] bool is_complete(const base::Result<>& result) const {
        return stage_ == Stage::answered && result.has_value();
    }
    /// After the handler: answers 500 when it did not, ends what it left open.
    runtime::Task<> complete(base::Result<> result);

  private:
    enum class Stage { open, answered, streaming, websocket };
    base::Result<> begin(Stage stage, int status);

    ServerConnection& connection_;
    Stage stage_ = Stage::open;
    int status_ = 0;
    /// What end() was called with before there was a stream.
    Ending asked_to_end_ = Ending::no;
    bool chunked_ = false;
    bool head_only_ = false;
};

}  // namespace itsup::net
