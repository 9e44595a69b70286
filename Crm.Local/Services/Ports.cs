using System.Net;
using System.Net.Sockets;

namespace Crm.Local.Services;

/// <summary>Ports on 127.0.0.1.</summary>
public static class Ports
{
    // Below the range the system takes outgoing ports from: nobody else is given a port of ours between our look and the child's bind.
    private const int First = 20000;
    private const int Last = 32000;

    /// <summary>A free port for a child that cannot choose one by itself.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            if (IsFree(port))
                return port;
        }
    }

    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
