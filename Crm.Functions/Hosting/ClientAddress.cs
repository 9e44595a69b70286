using System.Net;

namespace Crm.Functions.Hosting;

/// <summary>
/// The address a request came from. The app listens on loopback and is reached through the Functions host, whose front end appends
/// the peer it saw to <c>X-Forwarded-For</c>: the last entry that is not loopback is true, whatever a client wrote before it.
/// </summary>
public static class ClientAddress
{
    public static string? Of(HttpContext context)
    {
        foreach (var entry in context.Request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if ((IPEndPoint.TryParse(entry, out var peer) ? peer.Address : null) is { } address && !IPAddress.IsLoopback(address))
                return address.ToString();
        }

        return context.Connection.RemoteIpAddress?.ToString();
    }
}
